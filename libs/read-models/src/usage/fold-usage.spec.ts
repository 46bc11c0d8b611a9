import fc from 'fast-check';
import type { JsonValue, Meter, UsageRecord } from '@odometer/domain';
import { encodeSegment, USAGE_RECORDED, type RecordedEvent } from '@odometer/event-store';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { BucketRows } from './bucket-rows.js';
import { foldUsage, foldUsageOfMeters, type FoldTarget } from './fold-usage.js';
import { HourSums } from './hour-sums.js';
import { MeterSet } from './meter-set.js';
import { Uncounted } from './uncounted.js';
import { usageBatchOf, type UsageBatch } from './usage-batch.js';
import { meterOf } from './usage.fixture.js';
import { usageTables } from './usage.table.js';

const HOUR_MS = 3_600_000;
const CODES = ['api', 'store', 'unseen'];

const whole = fc.oneof(fc.integer({ min: -3, max: 300 }), fc.constantFrom(2 ** 32, -(2 ** 32)));
const anything = fc.oneof(
  whole,
  fc.maxSafeInteger(),
  fc.constantFrom<JsonValue>(0.1, '2.50', 'none', null, true, -0, 1e300, [1]),
);

/** Records of one segment: some segments have numbers that can be summed up as columns, some have not, some have both. */
const segment = fc
  .record({ a: fc.constantFrom(whole, whole, anything), b: fc.constantFrom(whole, anything) })
  .chain(({ a, b }) =>
    fc.array(
      fc
        .record(
          {
            transactionId: fc.uuid(),
            code: fc.constantFrom(...CODES),
            subscriptionId: fc.constantFrom(undefined, undefined, 's'),
            customerId: fc.constantFrom('c', 'd', 'é'),
            entityId: fc.constantFrom(undefined, undefined, undefined, 'e'),
            timestamp: fc.nat(4).map((n) => n * HOUR_MS + 7),
            properties: fc.record(
              { a, b, region: fc.constantFrom('eu', 'us') },
              { requiredKeys: ['a'] },
            ),
          },
          { requiredKeys: ['transactionId', 'code', 'customerId', 'timestamp', 'properties'] },
        )
        .map((record): UsageRecord => record),
      { minLength: 1, maxLength: 30, size: 'max' },
    ),
  );

const meters: fc.Arbitrary<Meter[]> = fc
  .array(
    fc.record({
      eventCode: fc.constantFrom('api', 'api', 'store'),
      aggregation: fc.constantFrom<Meter['aggregation'][]>(
        { type: 'count' },
        { type: 'sum', field: 'a' },
        { type: 'sum', field: 'b' },
        { type: 'max', field: 'a' },
        { type: 'min', field: 'a' },
        { type: 'average', field: 'b' },
        { type: 'latest', field: 'a' },
        { type: 'sum', expression: 'properties.a * 2' },
      ),
      filters: fc.constantFrom<Meter['filters'][]>(
        {},
        {},
        { region: ['eu'] },
        { region: ['eu', 'us'], b: ['1', '2.50'] },
      ),
      groupBy: fc.constantFrom<string[][]>([], [], ['region'], ['b'], ['a', 'region']),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((list) => list.map((given, n) => meterOf({ code: `m${n}`, ...given })));

/** Batches of segments, and of which records not to count. */
const batches = fc.array(
  fc.record({
    segments: fc.array(segment, { minLength: 1, maxLength: 4 }),
    outOf: fc.constantFrom(1, 1_000, 3),
  }),
  { minLength: 1, maxLength: 3 },
);

async function batchOf(
  segments: readonly (readonly UsageRecord[])[],
  first: number,
): Promise<UsageBatch> {
  const events = segments.map(async (records, i): Promise<RecordedEvent> => {
    const data = Buffer.from(await encodeSegment({ records }));
    return {
      eventId: `${first + i}`,
      type: USAGE_RECORDED,
      schemaVersion: 2,
      data,
      metadata: { tenant: 't', recordedAt: '2026-06-01T00:00:00.000Z', actor: 'spec' },
      streamId: 'usage-t-0',
      revision: i,
      position: first + i,
      hash: '',
    };
  });
  return usageBatchOf(await Promise.all(events));
}

describe('folding usage', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    for (const schema of ['columns', 'records']) {
      await database.pool.query(`CREATE SCHEMA ${schema}`);
      await database.pool.query(usageTables(schema));
    }
  });

  afterAll(() => database.drop());

  const targetIn = (schema: string): FoldTarget => {
    const buckets = new BucketRows(schema);
    return { buckets, sums: new HourSums(buckets), uncounted: new Uncounted(schema, 0) };
  };

  const rowsOf = async (schema: string): Promise<unknown> => ({
    buckets: (
      await database.pool.query(
        `SELECT s.*, b.day, b.hours FROM ${schema}.bucket b JOIN ${schema}.series s ON s.id = b.series ORDER BY s.id, day`,
      )
    ).rows as unknown[],
    uncounted: (
      await database.pool.query(`SELECT * FROM ${schema}.uncounted ORDER BY meter, reason`)
    ).rows as unknown[],
  });

  const metersOf = async (list: readonly Meter[]): Promise<MeterSet> => {
    const set = await MeterSet.load(database.pool, { schema: 'columns', shard: 0 });
    for (const data of list) await set.change(database.pool, 't', { type: 'MeterDefined', data });
    return set;
  };

  it('gives the same rows from columns as record by record', async () => {
    await fc.assert(
      fc.asyncProperty(meters, batches, async (list, given) => {
        const tables = ['columns', 'records'].flatMap((schema) =>
          ['bucket', 'series', 'uncounted', 'meter'].map((table) => `${schema}.${table}`),
        );
        await database.pool.query(`TRUNCATE ${tables.join(', ')}`);
        const set = await metersOf(list);
        const columns = targetIn('columns');
        const records = targetIn('records');
        for (const [n, { segments, outOf }] of given.entries()) {
          const batch = await batchOf(segments, 1 + n * 100);
          const counts = Uint8Array.from({ length: batch.size }, (_, i) => (i % outOf ? 1 : 0));
          foldUsage(batch, counts, set, columns);
          for (const code of CODES) {
            const scope = set.ofCode('t', code);
            if (scope === undefined) continue;
            const looking = scope.meters.map((meter) => ({ ...meter, plainField: undefined }));
            foldUsageOfMeters(batch, counts, { meters: looking, scope }, records);
          }
          for (const { buckets, uncounted } of [columns, records]) {
            await buckets.flush(database.pool);
            await uncounted.flush(database.pool);
          }
        }
        expect(await rowsOf('columns')).toEqual(await rowsOf('records'));
      }),
      { numRuns: 100 },
    );
  });
});
