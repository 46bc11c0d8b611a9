import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  applyAdjustments,
  decimal,
  periodsFrom,
  toIso,
  type JsonObject,
  type JsonValue,
} from '@odometer/domain';
import {
  startTestServer,
  type Answer,
  type TestServer,
} from '../../../apps/server/src/server.fixture.js';

/**
 * Prices of other systems, met by `POST /v1/pricing/estimate`. A file for each of them: every id is run, or listed under `elsewhere` with the
 * reason. Amounts are in major units, in a currency of two decimals.
 */
interface Cases {
  readonly ids: readonly string[];
  readonly cases: readonly RatingCase[];
  /** By id, why a case is not a price here, and where its rule is held. */
  readonly elsewhere: Readonly<Record<string, string>>;
}

interface RatingCase {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  /** Charges as in a plan; of the meter `units` where they name none. */
  readonly charges: readonly JsonObject[];
  readonly prices: readonly ExpectedPrice[];
}

interface ExpectedPrice {
  /** Units of the meter `units`, its groups, or units by meter. */
  readonly usage: JsonValue;
  /** What was billed earlier in the period: the amount is what comes on top, and steps and parts are differences. */
  readonly before?: string;
  readonly amount?: string;
  /** Label, units and amount. */
  readonly steps?: readonly (readonly string[])[];
  readonly adjustments?: readonly (readonly string[])[];
  readonly parts?: readonly string[];
  readonly charges?: readonly string[];
  /** Where the plan is refused. */
  readonly refused?: string;
}

interface Estimate {
  readonly total: number;
  readonly charges: readonly {
    readonly amount: number;
    readonly adjustments: readonly { readonly type: string; readonly amount: number }[];
    readonly parts: readonly {
      readonly amount: number;
      readonly steps: readonly {
        readonly label: string;
        readonly units: string;
        readonly amount: string;
      }[];
    }[];
  }[];
}

const METERS = ['units', 'foo', 'bar'];
const PEERS = ['openmeter', 'flexprice', 'killbill'];

const read = (peer: string): Cases =>
  JSON.parse(
    readFileSync(fileURLToPath(new URL(`./${peer}.json`, import.meta.url)), 'utf8'),
  ) as Cases;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const code of METERS) {
    const body = { code, name: code, event_code: code, aggregation: { type: 'sum', field: 'n' } };
    expect((await server.call('POST /v1/meters', { body })).status).toBe(201);
  }
});

afterAll(() => server.stop());

function ask(charges: readonly JsonObject[], usage: JsonValue): Promise<Answer> {
  const listed = charges.map((charge) => ({ meter_code: 'units', ...charge }));
  const plan = { currency: 'EUR', interval: 'month', amount: 0, charges: listed };
  const byMeter = isByMeter(usage) ? usage : { units: usage };
  return server.call('POST /v1/pricing/estimate', { body: { plan, usage: byMeter } });
}

const isByMeter = (usage: JsonValue): boolean =>
  typeof usage === 'object' && usage !== null && 'foo' in usage;

async function estimate(charges: readonly JsonObject[], usage: JsonValue): Promise<Estimate> {
  const { status, body } = await ask(charges, usage);
  expect([status, body['errors']]).toEqual([200, undefined]);
  return body as unknown as Estimate;
}

const cents = (major: string): number => Number(decimal(major).times(100).toFixed());

async function expectPrice(charges: readonly JsonObject[], expected: ExpectedPrice): Promise<void> {
  const { usage, before } = expected;
  if (expected.refused !== undefined) {
    const { status, body } = await ask(charges, usage);
    const errors = (body['errors'] ?? []) as { pointer: string; code: string }[];
    expect([status, ...errors.map(({ pointer, code }) => `${pointer} ${code}`)]).toEqual([
      422,
      expected.refused,
    ]);
    return;
  }
  const reached =
    before === undefined
      ? usage
      : decimal(usage as string)
          .plus(decimal(before))
          .toFixed();
  const now = await estimate(charges, reached);
  const then = before === undefined ? undefined : await estimate(charges, before);
  expect(now.total - (then?.total ?? 0)).toBe(cents(expected.amount ?? ''));
  expectDetails(now, then, expected);
}

function expectDetails(now: Estimate, then: Estimate | undefined, expected: ExpectedPrice): void {
  const [charge] = now.charges;
  if (expected.steps) expect(addedSteps(now, then)).toEqual(expected.steps);
  if (expected.adjustments) {
    const adjustments = charge?.adjustments.map(({ type, amount }) => [type, amount]);
    expect(adjustments).toEqual(expected.adjustments.map(([type, by]) => [type, cents(by ?? '')]));
  }
  if (expected.parts) {
    expect(charge?.parts.map(({ amount }) => amount)).toEqual(expected.parts.map(cents));
  }
  if (expected.charges) {
    expect(now.charges.map(({ amount }) => amount)).toEqual(expected.charges.map(cents));
  }
}

/** What each step has more than before, without those that have nothing more. */
function addedSteps(now: Estimate, then: Estimate | undefined): string[][] {
  const earlier = new Map(stepsOf(then).map((step) => [step.label, step]));
  return stepsOf(now)
    .map(({ label, units, amount }) => {
      const known = earlier.get(label);
      return [
        label,
        decimal(units)
          .minus(known?.units ?? '0')
          .toFixed(),
        decimal(amount)
          .minus(known?.amount ?? '0')
          .toFixed(),
      ];
    })
    .filter(([, units, amount]) => units !== '0' || amount !== '0');
}

const stepsOf = (of: Estimate | undefined) =>
  (of?.charges ?? []).flatMap(({ parts }) => parts.flatMap(({ steps }) => steps));

describe.each(PEERS)('prices of %s', (peer) => {
  const { ids, cases, elsewhere } = read(peer);

  it.each(cases)('$id: $title', async ({ charges, prices }) => {
    expect(prices.length).toBeGreaterThan(0);
    for (const expected of prices) await expectPrice(charges, expected);
  });

  it('are all run, or listed with a reason', () => {
    const seen = [...cases.map(({ id }) => id), ...Object.keys(elsewhere)];
    expect([...new Set(seen)].sort()).toEqual([...ids].sort());
    expect(cases.filter(({ id }) => id in elsewhere)).toEqual([]);
    for (const reason of Object.values(elsewhere)) expect(reason.length).toBeGreaterThan(20);
  });
});

describe('what is no price', () => {
  it('OM-RAT-UNT-3, the midst of a period: there is no minimum before the period is over', () => {
    const least = [{ type: 'minimum', properties: { amount: '100' } }];
    const days = { days: 31, fullDays: 31 };
    const at = (closesPeriod: boolean) =>
      applyAdjustments(decimal(0), least, { ...days, closesPeriod }).amount.toFixed();
    expect([at(false), at(true)]).toEqual(['0', '100']);
  });

  it('FP-17, months from the 31st: they end with the month and come back to the 31st', () => {
    const starts = (year: number) => {
      const anchor = Date.UTC(year, 0, 31);
      const terms = {
        interval: 'month',
        billingTime: 'anniversary',
        timezone: 'UTC',
        anchor,
      } as const;
      return periodsFrom(terms, anchor, Date.UTC(year, 4, 1)).map(({ from }) =>
        toIso(from).slice(0, 10),
      );
    };
    expect(starts(2026)).toEqual(['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']);
    expect(starts(2028).slice(0, 2)).toEqual(['2028-01-31', '2028-02-29']);
  });

  it('KB-07, periods of usage: each is half open, and units are kept apart', async () => {
    const points: [string, string, number][] = [
      ['2015-03-01', 'foo', 12],
      ['2015-03-15', 'foo', 6],
      ['2015-03-25', 'foo', 4],
      ['2015-05-15', 'foo', 13],
      ['2015-05-21', 'bar', 21],
      ['2015-05-31', 'foo', 7],
      ['2015-06-15', 'foo', 100],
    ];
    const events = points.map(([day, code, n], index) => ({
      transaction_id: `point-${index}`,
      code,
      customer_id: 'mountain',
      timestamp: `${day}T00:00:00Z`,
      properties: { n },
    }));
    const sent = await server.call('POST /v1/events/batch', { body: { events } });
    expect(sent.status).toBe(202);
    await server.call('POST /v1/customers', { body: { external_id: 'mountain' } });
    const usageOf = async (meter: string, from: string, to: string): Promise<string> => {
      const query = `meter_code=${meter}&customer_id=mountain&from=${from}T00:00:00Z&to=${to}T00:00:00Z`;
      const { body } = await server.call(`GET /v1/usage?${query}`, {
        headers: { 'odometer-min-position': String(sent.body['position']) },
      });
      return String(body['total']);
    };
    const transitions = ['2015-03-15', '2015-04-15', '2015-05-15', '2015-06-15'];
    const periods: [string, string][] = [];
    for (const [index, from] of transitions.slice(0, -1).entries()) {
      const to = transitions[index + 1] ?? '';
      periods.push([await usageOf('foo', from, to), await usageOf('bar', from, to)]);
    }
    expect(periods).toEqual([
      ['10', '0'],
      ['0', '0'],
      ['20', '21'],
    ]);
  });
});
