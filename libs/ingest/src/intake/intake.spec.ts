import { shardOfRecord, type UsageRecord } from '@odometer/domain';
import {
  decodeSegment,
  RepeatDiffers,
  UnknownOutcome,
  type EventStore,
} from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import type { IntakeLimits } from '../limits.js';
import type { ReadRecord } from '../record/read-record.js';
import { createIntake, type Intake } from './intake.js';
import { IntakeClosed, IntakeFull, OutcomeUnknown } from './outcome.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const ACME = { tenant: 'acme', actor: 'key_1' };

const usage = (id: number, customer = 'customer-1'): UsageRecord => ({
  transactionId: `tx-${id}`,
  code: 'api_calls',
  customerId: customer,
  timestamp: NOW,
});
const one = (id: number, customer?: string): ReadRecord => ({
  record: usage(id, customer),
  bytes: 100,
});
const batchOf = (records: readonly UsageRecord[]) => ({ records, bytes: records.map(() => 100) });
const many = (count: number) => Array.from({ length: count }, (_, id) => usage(id, `c-${id % 50}`));

type Append = EventStore['append'];

/** The in-memory store, whose appends a test may hold back or let fail. */
function logWith(change: (append: Append) => Append = (append) => append) {
  const store = createInMemoryEventStore();
  const append = change(store.append.bind(store));
  const appends: number[] = [];
  const watched: EventStore = Object.assign(Object.create(store) as EventStore, {
    append: (...[streamId, events, options]: Parameters<Append>) => {
      appends.push(events.length);
      return append(streamId, events, options);
    },
  });
  const events = async () => (await store.readAll({ after: 0, limit: 10_000 })).events;
  const segments = async () =>
    (await events()).map((event) => decodeSegment(event.data as Uint8Array).records);
  const ids = async () => (await segments()).flat().map((record) => record.transactionId);
  return { store: watched, appends, events, segments, ids };
}

const intakeOn = (store: EventStore, limits: Partial<IntakeLimits> = {}, shards = 8): Intake =>
  createIntake({ store, shards, now: () => NOW, limits: { appendRetryDelayMs: 1, ...limits } });

/** Appends wait until `open` is called. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const hold =
    (append: Append): Append =>
    async (...args) => {
      await opened;
      return append(...args);
    };
  return { open: () => open(), hold };
}

const ticks = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('single records', () => {
  it('are answered with the position of the segment that holds them', async () => {
    const log = logWith();
    const answer = await intakeOn(log.store).acceptOne(ACME, one(1));
    expect(answer).toEqual({ position: 1, status: 'accepted' });
    const [event] = await log.events();
    expect(event).toMatchObject({
      streamId: `usage-acme-${shardOfRecord(usage(1), 8)}`,
      type: 'UsageRecorded',
      metadata: { tenant: 'acme', actor: 'key_1', recordedAt: '2026-01-31T12:00:00.000Z' },
    });
  });

  it('gather into one segment while an append runs', async () => {
    const { open, hold } = gate();
    const log = logWith(hold);
    const intake = intakeOn(log.store);
    const first = intake.acceptOne(ACME, one(0));
    await ticks();
    const rest = Array.from({ length: 500 }, (_, id) => intake.acceptOne(ACME, one(id + 1)));
    await ticks();
    open();
    const answers = await Promise.all([first, ...rest]);
    expect((await log.segments()).map((records) => records.length)).toEqual([1, 500]);
    expect(answers.map((answer) => answer.position)).toEqual([1, ...rest.map(() => 2)]);
    expect(await log.ids()).toEqual(answers.map((_, id) => `tx-${id}`));
  });

  it('do not wait for company on a quiet server', async () => {
    const intake = intakeOn(logWith().store, { lingerMs: 60_000 });
    for (const id of [1, 2, 3]) expect((await intake.acceptOne(ACME, one(id))).position).toBe(id);
  });

  it('that wait are on their way before those before them are answered', async () => {
    const { open, hold } = gate();
    let sent = 0;
    // What goes over a connection goes when all that can run at once has run.
    const sending =
      (append: Append): Append =>
      (...what) => {
        process.nextTick(() => {
          sent += 1;
        });
        return hold(append)(...what);
      };
    const intake = intakeOn(logWith(sending).store);
    const sentAtAnswer = intake.acceptOne(ACME, one(0)).then(() => sent);
    await ticks();
    const next = intake.acceptOne(ACME, one(1));
    open();
    expect(await sentAtAnswer).toBe(2);
    expect((await next).position).toBe(2);
  });

  it('of all lanes share a departure', async () => {
    const { open, hold } = gate();
    const log = logWith(hold);
    const intake = intakeOn(log.store);
    const first = intake.acceptOne(ACME, one(0));
    await ticks();
    const origins = [
      ACME,
      { tenant: 'acme', actor: 'key_2' },
      { tenant: 'globex', actor: 'key_3' },
    ];
    const rest = origins.flatMap((origin) => many(50).map((record) => ({ origin, record })));
    const answers = rest.map(({ origin, record }) =>
      intake.acceptOne(origin, {
        record: { ...record, transactionId: `${record.transactionId}-b` },
        bytes: 100,
      }),
    );
    const appendsAtAnswer = first.then(() => log.appends.length);
    open();
    const lanes = new Set(
      rest.map(({ origin, record }) => `${origin.actor} ${shardOfRecord(record, 8)}`),
    );
    expect(await appendsAtAnswer).toBe(1 + lanes.size);
    await Promise.all(answers);
    expect(await log.ids()).toHaveLength(1 + rest.length);
  });

  it('are not acknowledged before they are stored', async () => {
    const { open, hold } = gate();
    const intake = intakeOn(logWith(hold).store);
    let answered = false;
    const answer = intake.acceptOne(ACME, one(1)).then(() => {
      answered = true;
    });
    await ticks();
    expect(answered).toBe(false);
    open();
    await answer;
    expect(answered).toBe(true);
  });

  it('that repeat a stored one are duplicates and are not stored again', async () => {
    const log = logWith();
    const intake = intakeOn(log.store);
    await intake.acceptOne(ACME, one(1));
    expect(await intake.acceptOne(ACME, one(1))).toEqual({ position: 1, status: 'duplicate' });
    expect(await log.ids()).toEqual(['tx-1']);
  });

  it('that arrive again at another time are duplicates when they name no time', async () => {
    const intake = intakeOn(logWith().store);
    const untimed = { ...usage(1), timestampAssigned: true as const };
    await intake.acceptOne(ACME, { record: untimed, bytes: 100 });
    const again = { record: { ...untimed, timestamp: NOW + 5 }, bytes: 100 };
    expect((await intake.acceptOne(ACME, again)).status).toBe('duplicate');
  });

  it.each([
    ['other content', ACME, { ...usage(1), properties: { tokens: 2 } }],
    ['another customer', ACME, usage(1, 'customer-2')],
    ['another tenant', { tenant: 'globex', actor: 'key_2' }, usage(1)],
  ])('with a known id and %s are stored, for the fold to judge', async (_, origin, record) => {
    const log = logWith();
    const intake = intakeOn(log.store);
    await intake.acceptOne(ACME, one(1));
    expect((await intake.acceptOne(origin, { record, bytes: 100 })).status).toBe('accepted');
    expect(await log.ids()).toEqual(['tx-1', 'tx-1']);
  });

  it('are known by tenant and subject, not by their id alone', async () => {
    const log = logWith();
    const intake = intakeOn(log.store);
    const globex = { tenant: 'globex', actor: 'key_2' };
    const bySubscription = { ...usage(1), customerId: undefined };
    const all: [typeof ACME, UsageRecord][] = [
      [ACME, usage(1)],
      [ACME, usage(1, 'customer-2')],
      [globex, usage(1)],
      [ACME, { ...bySubscription, subscriptionId: 'sub-1' }],
      [ACME, { ...bySubscription, subscriptionId: 'sub-2' }],
    ];
    const send = async () => {
      const answers = [];
      for (const [origin, record] of all) {
        answers.push(await intake.acceptOne(origin, { record, bytes: 100 }));
      }
      return answers;
    };
    const first = await send();
    expect(first.map(({ status }) => status)).toEqual(all.map(() => 'accepted'));
    const again = first.map(({ position }) => ({ position, status: 'duplicate' }));
    expect(await send()).toEqual(again);
    expect(await log.ids()).toHaveLength(all.length);
  });

  it('are forgotten, oldest first, beyond the limit', async () => {
    const log = logWith();
    const intake = intakeOn(log.store, { recentRecords: 2 });
    for (const id of [1, 2, 3, 1]) await intake.acceptOne(ACME, one(id));
    expect(await log.ids()).toEqual(['tx-1', 'tx-2', 'tx-3', 'tx-1']);
  });
});

describe('a batch', () => {
  it('lies in the shards of its subjects, in its order', async () => {
    const log = logWith();
    const answer = await intakeOn(log.store).acceptBatch(ACME, batchOf(many(1_000)));
    expect(answer).toEqual({ accepted: 1_000, position: 8 });
    for (const event of await log.events()) {
      const { records } = decodeSegment(event.data as Uint8Array);
      const shards = new Set(records.map((record) => `usage-acme-${shardOfRecord(record, 8)}`));
      expect([...shards]).toEqual([event.streamId]);
      const order = records.map((record) => Number(record.transactionId.slice(3)));
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
    expect(new Set(await log.ids()).size).toBe(1_000);
  });

  it.each([
    ['records', 100, 1_000],
    ['bytes', 10, 100_000],
  ])('is cut where a segment has enough %s', async (_, perSegment, bytesEach) => {
    const log = logWith();
    const records = Array.from({ length: 250 }, (_unused, id) => usage(id));
    const limits = { segmentRecords: 100, segmentBytes: 1_000_000 };
    const batch = { records, bytes: records.map(() => bytesEach) };
    await intakeOn(log.store, limits).acceptBatch(ACME, batch);
    const sizes = (await log.segments()).map((segment) => segment.length);
    expect(Math.max(...sizes)).toBe(perSegment);
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(250);
  });

  it('is not acknowledged when one of its shards fails, and says that sending it again is safe', async () => {
    const failing = `usage-acme-${shardOfRecord(usage(0, 'c-0'), 8)}`;
    const log = logWith(
      (append) => (streamId, events, options) =>
        streamId === failing
          ? Promise.reject(new UnknownOutcome('connection lost'))
          : append(streamId, events, options),
    );
    const intake = intakeOn(log.store, { appendAttempts: 2 });
    const answer = intake.acceptBatch(ACME, batchOf(many(100)));
    await expect(answer).rejects.toThrow(OutcomeUnknown);
    await expect(answer).rejects.toThrow('send it again');
    expect((await log.ids()).length).toBeGreaterThan(0);
    expect(intake.stats()).toMatchObject({ queuedRecords: 0, queuedBytes: 0 });
  });
});

describe('an append whose outcome is unknown', () => {
  it('is tried again as the identical append and stored once', async () => {
    let attempts = 0;
    const log = logWith((append) => async (streamId, events, options) => {
      const result = await append(streamId, events, options);
      attempts += 1;
      if (attempts < 3) throw new UnknownOutcome('the answer was lost');
      return result;
    });
    const intake = intakeOn(log.store);
    await intake.acceptOne(ACME, one(1));
    expect(await log.ids()).toEqual(['tx-1']);
    expect(intake.stats()).toMatchObject({ retries: 2, segments: 1, storedRecords: 1 });
  });

  it('is given up after the last attempt, and its record is not remembered as known', async () => {
    let down = true;
    const log = logWith(
      (append) =>
        (...args) =>
          down ? Promise.reject(new Error('connection refused')) : append(...args),
    );
    const intake = intakeOn(log.store, { appendAttempts: 3 });
    await expect(intake.acceptOne(ACME, one(1))).rejects.toThrow(OutcomeUnknown);
    expect(log.appends).toHaveLength(3);
    down = false;
    expect((await intake.acceptOne(ACME, one(1))).status).toBe('accepted');
  });
});

it('an append that the log refuses is not tried again', async () => {
  const log = logWith((append) => async (streamId, events, options) => {
    await append(streamId, [{ ...events[0]!, type: 'SomethingElse' }], options);
    return append(streamId, events, options);
  });
  const intake = intakeOn(log.store);
  await expect(intake.acceptOne(ACME, one(1))).rejects.toThrow(RepeatDiffers);
  expect(intake.stats()).toMatchObject({ retries: 0, storedRecords: 0, queuedRecords: 0 });
});

describe('a full queue', () => {
  it('turns requests away whole, stores nothing of them, and takes them when it has room', async () => {
    const { open, hold } = gate();
    const log = logWith(hold);
    const intake = intakeOn(log.store, { queueRecords: 150, tenantShare: 1 });
    const waiting = intake.acceptBatch(ACME, batchOf(many(100)));
    await expect(intake.acceptBatch(ACME, batchOf(many(51)))).rejects.toThrow(IntakeFull);
    expect(intake.stats()).toMatchObject({ queuedRecords: 100, refusals: 1 });
    open();
    await waiting;
    expect(await log.ids()).toHaveLength(100);
    await expect(intake.acceptBatch(ACME, batchOf(many(51)))).resolves.toMatchObject({
      accepted: 51,
    });
  });

  it('is measured in bytes too', async () => {
    const { open, hold } = gate();
    const intake = intakeOn(logWith(hold).store, { queueBytes: 150, tenantShare: 1 });
    const waiting = intake.acceptOne(ACME, one(1));
    await expect(intake.acceptOne(ACME, one(2))).rejects.toThrow(IntakeFull);
    open();
    await waiting;
  });

  it('keeps room for other tenants', async () => {
    const { open, hold } = gate();
    const intake = intakeOn(logWith(hold).store, { queueRecords: 100, tenantShare: 0.5 });
    const waiting = [intake.acceptBatch(ACME, batchOf(many(50)))];
    await expect(intake.acceptOne(ACME, one(1))).rejects.toThrow(IntakeFull);
    waiting.push(intake.acceptBatch({ tenant: 'globex', actor: 'k' }, batchOf(many(50))));
    open();
    await Promise.all(waiting);
  });
});

describe('draining', () => {
  it('stores everything that was taken in and takes nothing more', async () => {
    const { open, hold } = gate();
    const log = logWith(hold);
    const intake = intakeOn(log.store);
    const taken = [1, 2, 3].map((id) => intake.acceptOne(ACME, one(id, `c-${id}`)));
    let drained = false;
    const drain = intake.drain().then(() => {
      drained = true;
    });
    await expect(intake.acceptOne(ACME, one(4))).rejects.toThrow(IntakeClosed);
    await ticks();
    expect(drained).toBe(false);
    open();
    await drain;
    await Promise.all(taken);
    expect((await log.ids()).sort()).toEqual(['tx-1', 'tx-2', 'tx-3']);
  });

  it('an empty intake is done at once', async () => {
    await expect(intakeOn(logWith().store).drain()).resolves.toBeUndefined();
  });
});

it('stores each acknowledged record exactly once while appends fail at random', async () => {
  let count = 0;
  const log = logWith((append) => async (...args) => {
    count += 1;
    if (count % 3 === 0) throw new Error('connection refused');
    const result = await append(...args);
    if (count % 4 === 0) throw new UnknownOutcome('the answer was lost');
    return result;
  });
  const intake = intakeOn(log.store, { segmentRecords: 20, appendAttempts: 2 });
  const acknowledged: string[] = [];
  const send = async (id: number): Promise<void> => {
    await ticks(id % 17);
    await intake.acceptOne(ACME, one(id, `c-${id % 5}`)).then(
      () => acknowledged.push(`tx-${id}`),
      (error: unknown) => expect(error).toBeInstanceOf(OutcomeUnknown),
    );
  };
  await Promise.all(Array.from({ length: 1_000 }, (_, id) => send(id)));
  const stored = await log.ids();
  expect(new Set(stored).size).toBe(stored.length);
  expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(500);
});
