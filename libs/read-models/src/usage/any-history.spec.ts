import fc from 'fast-check';
import {
  correctionDecider,
  subjectOf,
  type CorrectionCommand,
  type Meter,
  type UsageRecord,
} from '@odometer/domain';
import { recountUsage } from './recount.js';
import { meterOf, usageFixture, type UsageFixture } from './usage.fixture.js';

const HOUR = 3_600_000;
const FROM = Date.parse('2026-05-05T00:00:00Z');

const field = 'bytes';
const EARLY = [
  meterOf({ code: 'requests' }),
  meterOf({ code: 'bytes', aggregation: { type: 'sum', field }, groupBy: ['region'] }),
];
const LATER = [
  meterOf({ code: 'highest', aggregation: { type: 'max', field } }),
  meterOf({ code: 'last', aggregation: { type: 'latest', field } }),
  meterOf({
    code: 'users',
    aggregation: { type: 'unique_count', field: 'user' },
    filters: { region: ['eu'] },
  }),
];

type Content = Pick<UsageRecord, 'code' | 'timestamp' | 'entityId' | 'properties'>;

const content: fc.Arbitrary<Content> = fc.record({
  code: fc.constantFrom('request', 'request', 'other'),
  timestamp: fc.integer({ min: FROM, max: FROM + 3 * HOUR }),
  entityId: fc.constantFrom(undefined, undefined, 'seat'),
  properties: fc.record({
    bytes: fc.oneof(fc.integer({ min: -5, max: 9 }), fc.constant('none')),
    region: fc.constantFrom('eu', 'us'),
    user: fc.constantFrom('u', 'v', 'w'),
  }),
});

const sent: fc.Arbitrary<UsageRecord> = fc
  .tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('x', 'x', 'y'), content)
  .map(([transactionId, customerId, said]) => ({ transactionId, customerId, ...said }));

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ records: fc.array(sent, { minLength: 1, maxLength: 5 }) }) },
  // Records arrive on the first of June, so all of them are too late for 26 days, and none for 27.
  { weight: 1, arbitrary: fc.record({ limit: fc.constantFrom(26, 27, null) }) },
  { weight: 3, arbitrary: fc.record({ corrects: fc.nat(), to: fc.option(content) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

type Append = (usage: UsageFixture) => Promise<void>;

interface Standing {
  readonly status: 'standing' | 'voided';
  readonly record: UsageRecord;
  readonly counts: boolean;
}

/** What whoever reads the log from its start, record by record, takes for the truth. */
class NaiveReader {
  private readonly standing = new Map<string, Standing>();
  private limit: number | null = null;

  /** What a step appends; a correction is about some record that is there, maybe void. */
  take(one: Step): Append {
    if ('records' in one) {
      for (const record of one.records) this.record(record);
      return (usage) => usage.record(one.records);
    }
    if ('limit' in one) {
      this.limit = one.limit;
      return (usage) => usage.limitLateness(one.limit);
    }
    return this.correct(one);
  }

  private record(record: UsageRecord): void {
    const identity = identityOf(record);
    if (this.standing.has(identity)) return;
    const counts = this.limit !== 26;
    this.standing.set(identity, { status: 'standing', record, counts });
  }

  private correct({ corrects, to }: Extract<Step, { corrects: number }>): Append {
    const known = [...this.standing.values()];
    const target = known[corrects % Math.max(known.length, 1)];
    if (target === undefined) return () => Promise.resolve();
    const command: CorrectionCommand =
      to === null
        ? { type: 'VoidUsage', reason: 'r' }
        : { type: 'AmendUsage', reason: 'r', changes: { ...to, entityId: to.entityId ?? null } };
    // Decided as if the record stood: the log may hold corrections behind a void, where they have no effect.
    const { record } = target;
    const [event] = correctionDecider.decide(command, { status: 'standing', record });
    if (event === undefined) return () => Promise.resolve();
    const after = correctionDecider.evolve(target, event);
    if (after.status !== 'none')
      this.standing.set(identityOf(record), {
        ...after,
        counts: after.status === 'standing' && (event.type === 'UsageAmended' || target.counts),
      });
    return (usage) => usage.correct(event);
  }

  totals(from: number): Record<string, number> {
    const own = [...this.standing.values()]
      .filter(({ status, counts }) => status === 'standing' && counts)
      .map(({ record }) => record)
      .filter(({ customerId, code }) => customerId === 'x' && code === 'request')
      .filter(({ timestamp }) => timestamp >= from);
    const sizes = own
      .map(({ properties }) => properties!['bytes'])
      .filter((size) => typeof size === 'number');
    const european = own.filter(({ properties }) => properties!['region'] === 'eu');
    return {
      requests: own.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      highest: sizes.length === 0 ? 0 : Math.max(...sizes),
      users: new Set(european.map(({ properties }) => properties!['user'])).size,
    };
  }
}

const identityOf = (record: UsageRecord): string => `${subjectOf(record)} ${record.transactionId}`;

describe('any history of usage and corrections', () => {
  it('gives the naive totals, in any batching, to meters made before or after, and to a recount', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 25 }),
        fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 })),
        fc.tuple(fc.nat(), fc.integer({ min: 0, max: 3 * HOUR })),
        async (steps, [few, many], [pick, cut]) => {
          const [atOnce, bitByBit] = [await usageFixture(), await usageFixture()];
          const naive = new NaiveReader();
          for (const usage of [atOnce, bitByBit]) await define(usage, EARLY);
          for (const [i, one] of steps.entries()) {
            const append = naive.take(one);
            for (const usage of [atOnce, bitByBit]) {
              if (i === pick % steps.length) await define(usage, LATER);
              await append(usage);
            }
            await bitByBit.project({ batch: few, restart: i % 2 === 0 });
          }
          await atOnce.project({ batch: many });
          expect(await bitByBit.dump()).toEqual(await atOnce.dump());
          await expectTotals(atOnce, FROM + cut, naive.totals(FROM + cut));
          await Promise.all([atOnce.close(), bitByBit.close()]);
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
  });

  async function define(usage: UsageFixture, meters: readonly Meter[]): Promise<void> {
    for (const meter of meters) await usage.define(meter);
  }

  async function expectTotals(
    usage: UsageFixture,
    from: number,
    naive: Record<string, number>,
  ): Promise<void> {
    for (const meter of [...EARLY, ...LATER]) {
      const slices = [{ customerId: 'x', from, to: FROM + 24 * HOUR }];
      const request = { tenant: 'default', meter, slices };
      const live = await usage.queries.readUsage(request);
      const recount = recountUsage({ log: usage.store, shards: 2, upTo: live.cut });
      expect((await recount(request)).totals).toEqual(live.totals);
      const value = naive[meter.code];
      if (value !== undefined) expect(live.totals[0]!.value.toNumber()).toBe(value);
    }
  }
});
