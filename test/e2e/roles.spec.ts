import { setTimeout as sleep } from 'node:timers/promises';
import type { OdometerProcess } from './odometer-process.js';
import { RolesWorld, SHARDS, sharesOf, timeUntil } from './roles-world.js';

/** Leases are planned every 2 s: one tick to notice and give up, one to take. Twice that, for a machine with other work. */
const REBALANCED_MS = 8_000;
/** The same, after the lease of 10 s of a process that cannot give it back. */
const TAKEN_OVER_MS = 10_000 + REBALANCED_MS;
const SLOW_MS = 90_000;
const CUSTOMERS = 12;
const DAY = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' };

let world: RolesWorld;
let apis: [OdometerProcess, OdometerProcess];
let projectors: OdometerProcess[];
let billers: [OdometerProcess, OdometerProcess];
let sent = 0;

beforeAll(async () => {
  world = await RolesWorld.create();
  const roles = ['api', 'api', 'projector', 'projector', 'biller', 'biller'];
  // All at once: the first start of a database has to bear that.
  const [a, b, c, d, e, f] = await Promise.all(roles.map((role) => world.start(role)));
  apis = [a!, b!];
  projectors = [c!, d!];
  billers = [e!, f!];
  await world.watch();
  await make('POST /v1/meters', {
    code: 'calls',
    event_code: 'calls',
    aggregation: { type: 'count' },
  });
}, 120_000);
afterAll(() => world.remove(), 60_000);

async function make(request: string, body: object): Promise<void> {
  const { status, body: answer } = await apis[0].call(request, body);
  expect({ status, answer }).toMatchObject({ status: 201 });
}

/** Sends records to both processes, each record twice. */
async function use(count: number): Promise<number> {
  const events = Array.from({ length: count }, (_, at) => ({
    transaction_id: `t-${sent + at}`,
    code: 'calls',
    customer_id: `c-${at % CUSTOMERS}`,
    timestamp: '2026-03-01T10:00:00Z',
  }));
  sent += count;
  const answers = await Promise.all(
    apis.map((api) => api.call('POST /v1/events/batch', { events })),
  );
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  return Math.max(...answers.map(({ body }) => Number(body['position'])));
}

async function counted(api: OdometerProcess, position: number): Promise<number> {
  const query = `meter_code=calls&from=${DAY.from}&to=${DAY.to}&min_position=${position}`;
  const { status, body } = await api.call(`GET /v1/usage?${query}`);
  return status === 200 ? Number(body['total']) : Number.NaN;
}

const shares = (processes: readonly OdometerProcess[]) => () => sharesOf(apis[0], processes);

const evenly = (held: readonly number[]): boolean =>
  held.reduce((sum, share) => sum + share, 0) === SHARDS &&
  Math.max(...held) <= Math.ceil(SHARDS / held.length) &&
  Math.min(...held) >= Math.floor(SHARDS / held.length);

/** While usage comes in; answers when the shards were even again, and checks that all of it counted once. */
async function rebalanced(processes: OdometerProcess[], limitMs: number): Promise<number> {
  let over = false;
  const sending = (async () => {
    for (; !over; await sleep(100)) await use(20);
    return use(20);
  })();
  try {
    return await timeUntil(shares(processes), evenly, limitMs);
  } finally {
    over = true;
    const position = await sending;
    expect(await counted(apis[1], position)).toBe(sent);
  }
}

describe('roles in processes of their own, on one database', () => {
  it(
    'count usage once that comes in through both doors at the same time',
    async () => {
      const position = await use(500);
      expect(await Promise.all(apis.map((api) => counted(api, position)))).toEqual([500, 500]);
    },
    SLOW_MS,
  );

  it('share the shards out, which any process tells', async () => {
    await timeUntil(shares(projectors), evenly, REBALANCED_MS);
    expect(await sharesOf(billers[1], projectors)).toEqual([2, 2]);
    expect(await sharesOf(apis[1], [...apis, ...billers])).toEqual([0, 0, 0, 0]);
  });

  it(
    `give a process that is added its share within ${REBALANCED_MS} ms`,
    async () => {
      projectors.push(await world.start('projector'));
      const took = await rebalanced(projectors, REBALANCED_MS);
      process.stderr.write(`shares after a start: ${Math.round(took)} ms\n`);
    },
    SLOW_MS,
  );

  it(
    `take over from one that stops within ${REBALANCED_MS} ms`,
    async () => {
      const stopped = projectors.pop()!;
      expect(await stopped.stop()).toBe(0);
      const took = await rebalanced(projectors, REBALANCED_MS);
      process.stderr.write(`shares after SIGTERM: ${Math.round(took)} ms\n`);
    },
    SLOW_MS,
  );

  it(
    `take over from one that is killed within ${TAKEN_OVER_MS} ms`,
    async () => {
      await projectors.pop()!.kill();
      const took = await rebalanced(projectors, TAKEN_OVER_MS);
      process.stderr.write(`shares after SIGKILL: ${Math.round(took)} ms\n`);
    },
    SLOW_MS,
  );

  it(
    'let a process that was frozen past its lease write nothing, and take it in again',
    async () => {
      projectors.push(await world.start('projector'));
      await timeUntil(shares(projectors), evenly, REBALANCED_MS);
      const [frozen] = projectors as [OdometerProcess];
      // It stands still in a transaction: rows are written, the checkpoint is not moved yet.
      const held = await world.holdUp(frozen);
      await use(500);
      await timeUntil(held.isHeld, (isHeld) => isHeld, REBALANCED_MS);
      frozen.freeze();
      const took = await timeUntil(shares(projectors.slice(1)), evenly, TAKEN_OVER_MS);
      process.stderr.write(`shares after SIGSTOP: ${Math.round(took)} ms\n`);
      const before = await world.movesOf(frozen);
      // It wakes up believing that it holds its shards, and ends the transaction.
      frozen.thaw();
      await held.letGo();
      const again = await rebalanced(projectors, REBALANCED_MS);
      process.stderr.write(`shares after SIGCONT: ${Math.round(again)} ms\n`);
      expect(await world.contradictions()).toEqual([]);
      expect(await counted(apis[0], await use(100))).toBe(sent);
      expect(await world.movesOf(frozen)).toBeGreaterThan(before);
    },
    SLOW_MS,
  );
});

describe('billers in two processes', () => {
  const SUBSCRIPTIONS = 12;

  interface Invoice {
    readonly number: string;
    readonly customer_id: string;
    readonly total: number;
    readonly period: { readonly from: string };
  }

  async function invoices(): Promise<Invoice[]> {
    const { body } = await apis[0].call('GET /v1/invoices?limit=500&status=finalized');
    return body['data'] as Invoice[];
  }

  it(
    'bill each period once, also when one of them is frozen in the middle and wakes up',
    async () => {
      await make('POST /v1/plans', {
        code: 'flat',
        name: 'Flat',
        currency: 'EUR',
        interval: 'month',
        amount: 1_000,
        charges: [],
      });
      // The first of the month, three months ago: three periods are over.
      const now = new Date();
      const start = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 3, 1));
      const months = [0, 1, 2].map((later) =>
        new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + later, 1)).toISOString(),
      );
      for (let at = 0; at < SUBSCRIPTIONS; at += 1) {
        await make('POST /v1/customers', { external_id: `b-${at}` });
        await make('POST /v1/subscriptions', {
          external_id: `s-${at}`,
          customer_id: `b-${at}`,
          plan_code: 'flat',
          started_at: start.toISOString(),
        });
      }
      await timeUntil(invoices, (found) => found.length > 0, 30_000);
      billers[0].freeze();
      await timeUntil(invoices, (found) => found.length >= SUBSCRIPTIONS * 3, 60_000);
      billers[0].thaw();
      await sleep(3_000);
      const all = await invoices();
      const billed = all.map((one) => `${one.customer_id} ${one.period.from}`).sort();
      const expected = Array.from({ length: SUBSCRIPTIONS }, (_, at) =>
        months.map((month) => `b-${at} ${month}`),
      );
      expect(billed).toEqual(expected.flat().sort());
      expect(all.map(({ number }) => number).sort()).toEqual(
        all.map((_, at) => `INV-${String(at + 1).padStart(6, '0')}`),
      );
      expect(all.every(({ total }) => total === 1_000)).toBe(true);
      // It goes on as before.
      await make('POST /v1/customers', { external_id: 'late' });
      await billers[1].kill();
      await make('POST /v1/subscriptions', {
        external_id: 's-late',
        customer_id: 'late',
        plan_code: 'flat',
        started_at: months[2],
      });
      await timeUntil(invoices, (found) => found.length === SUBSCRIPTIONS * 3 + 1, 30_000);
    },
    SLOW_MS * 2,
  );
});
