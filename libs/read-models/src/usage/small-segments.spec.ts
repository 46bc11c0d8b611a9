import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { subjectOf, type UsageRecord } from '@odometer/domain';
import {
  encodeSegment,
  USAGE_RECORDED,
  USAGE_SEGMENT_VERSION,
  type EventStore,
} from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { usageBatchOf } from './usage-batch.js';
import { meterOf } from './usage.fixture.js';
import { usageProjection } from './usage.projection.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-05-05T00:00:00Z');
const LIMIT_DAYS = 10;
/** Records of one of them may be late for so many days, those of the other for ever. */
const TENANTS = ['limited', 'patient'] as const;

/** Some can be added up as columns, some look at each record, and what the latest of equal times is, the place in the log tells. */
const METERS = [
  meterOf({ code: 'calls', eventCode: 'api' }),
  meterOf({
    code: 'sum',
    eventCode: 'api',
    aggregation: { type: 'sum', field: 'a' },
    groupBy: ['b'],
  }),
  meterOf({
    code: 'double',
    eventCode: 'api',
    aggregation: { type: 'sum', expression: 'properties.a * 2' },
  }),
  meterOf({ code: 'last', eventCode: 'store', aggregation: { type: 'latest', field: 'a' } }),
  meterOf({ code: 'users', eventCode: 'store', aggregation: { type: 'unique_count', field: 'b' } }),
];

const record: fc.Arbitrary<UsageRecord> = fc
  .record({
    // Few ids, so that many records repeat another one, in their segment and in others.
    transactionId: fc.integer({ min: 0, max: 40 }).map(String),
    subject: fc.constantFrom(
      { customerId: 'c' },
      { customerId: 'd', entityId: 'e' },
      { subscriptionId: 'c' },
    ),
    code: fc.constantFrom('api', 'api', 'store', 'seen by no meter'),
    timestamp: fc.constantFrom(0, HOUR / 2, HOUR, 4 * DAY).map((after) => START + after),
    timestampAssigned: fc.constantFrom(undefined, undefined, undefined, true as const),
    properties: fc.record({
      a: fc.constantFrom(1, 2, 3, 4, 5, 0.5, 'none'),
      b: fc.constantFrom('x', 'y'),
    }),
  })
  .map(({ subject, ...said }) => ({ ...said, ...subject }));

interface Segment {
  readonly tenant: (typeof TENANTS)[number];
  readonly receivedAt: number;
  readonly records: readonly UsageRecord[];
}

/** Those of up to 15 records are kept by rows, longer ones by columns. */
const segment: fc.Arbitrary<Segment> = fc.record({
  tenant: fc.constantFrom('limited', 'limited', 'limited', 'patient'),
  receivedAt: fc.integer({ min: 6, max: 16 }).map((days) => START + days * DAY),
  records: fc.oneof(
    { weight: 5, arbitrary: fc.array(record, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(record, { minLength: 16, maxLength: 20 }) },
  ),
});

interface SetAside {
  readonly tenant: string;
  readonly position: number;
  readonly index: number;
  readonly status: string;
  readonly original_position: number;
  readonly original_index: number;
}

interface Tally {
  readonly tenant: string;
  readonly code: string;
  readonly status: string;
  readonly records: number;
  readonly first_position: number;
  readonly last_position: number;
}

type First = Pick<SetAside, 'position' | 'index'> & { readonly record: UsageRecord };

/** What whoever goes over the log record by record finds. */
class NaiveReader {
  readonly setAside: SetAside[] = [];
  private readonly tallies = new Map<string, Tally>();
  private readonly firsts = new Map<string, First>();

  /** How many there are. */
  get identities(): number {
    return this.firsts.size;
  }

  get tally(): Tally[] {
    return [...this.tallies.values()];
  }

  read(position: number, { tenant, receivedAt, records }: Segment): void {
    records.forEach((one, index) => {
      const identity = JSON.stringify([tenant, subjectOf(one), one.transactionId]);
      const first = this.firsts.get(identity) ?? { position, index, record: one };
      this.firsts.set(identity, first);
      const isFirst = first.record === one;
      const isLate =
        tenant === 'limited' &&
        one.timestampAssigned === undefined &&
        receivedAt - one.timestamp > LIMIT_DAYS * DAY;
      const repeated = sameContent(first.record, one) ? 'duplicate' : 'conflict';
      const refused = isLate ? 'late_beyond_limit' : 'accepted';
      const status = isFirst ? refused : repeated;
      if (status !== 'accepted')
        this.setAside.push({
          tenant,
          position,
          index,
          status,
          original_position: first.position,
          original_index: first.index,
        });
      if (status !== 'duplicate') this.count(tenant, one.code, status, position);
    });
  }

  private count(tenant: string, code: string, status: string, position: number): void {
    const key = JSON.stringify([tenant, code, status]);
    const before = this.tallies.get(key);
    this.tallies.set(key, {
      tenant,
      code,
      status,
      records: (before?.records ?? 0) + 1,
      first_position: before?.first_position ?? position,
      last_position: position,
    });
  }
}

const sameContent = (a: UsageRecord, b: UsageRecord): boolean => {
  const said = ({ code, entityId, properties }: UsageRecord): string =>
    JSON.stringify([code, entityId, properties]);
  const assigned = a.timestampAssigned === true || b.timestampAssigned === true;
  return said(a) === said(b) && (assigned || a.timestamp === b.timestamp);
};

const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

describe('small segments that are folded together', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(() => database.drop());

  /** Answers the position. */
  async function append(
    store: EventStore,
    event: { stream: string; type: string; data: unknown; tenant: string; at?: number },
  ): Promise<number> {
    const { stream, type, data, tenant, at = START } = event;
    const recordedAt = new Date(at).toISOString();
    const version = type === USAGE_RECORDED ? USAGE_SEGMENT_VERSION : 1;
    const { position } = await store.append(
      stream,
      [
        {
          eventId: randomUUID(),
          type,
          schemaVersion: version,
          data: data as never,
          metadata: { tenant, recordedAt, actor: 'spec' },
        },
      ],
      { expectedRevision: 'any' },
    );
    return position;
  }

  /** With what tenants have said before any usage. */
  async function newLog(): Promise<EventStore> {
    const store = createInMemoryEventStore();
    for (const tenant of TENANTS) {
      for (const data of METERS)
        await append(store, { stream: `meter-${tenant}`, type: 'MeterDefined', data, tenant });
    }
    await append(store, {
      stream: 'settings-limited',
      type: 'TenantSettingsChanged',
      data: { rounding: 'exact', lateEventsLimitDays: LIMIT_DAYS },
      tenant: 'limited',
    });
    return store;
  }

  const appendSegment = async (
    store: EventStore,
    { tenant, receivedAt, records }: Segment,
  ): Promise<number> =>
    append(store, {
      stream: `usage-${tenant}-0`,
      type: USAGE_RECORDED,
      data: await encodeSegment({ records }),
      tenant,
      at: receivedAt,
    });

  /** Folds the log into a new schema, so many events at a time. */
  async function fold(store: EventStore, schema: string, limit: number): Promise<void> {
    const projection = usageProjection({ shards: 1, log: store });
    await database.pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
    await projection.init(database.pool, schema);
    const handler = projection.handler({ schema, shard: 0, shards: 1 });
    for (let after = 0; ;) {
      const page = await store.readAll({ after, filter: projection.filter(0), limit });
      if (page.position === after) return;
      after = page.position;
      await handler.apply(database.pool, page.events);
      await handler.flush?.(database.pool);
    }
  }

  const rowsOf = async (query: string): Promise<object[]> =>
    (await database.pool.query<object>(query)).rows.sort(byText);

  /** All that a schema has, apart from which run has which entries. */
  async function tablesOf(schema: string): Promise<Record<string, unknown>> {
    const tables: Record<string, unknown> = {};
    for (const table of ['series', 'bucket', 'uncounted', 'set_aside', 'segment', 'code_tally'])
      tables[table] = await rowsOf(`SELECT * FROM ${schema}.${table}`);
    for (const table of ['identity', 'posting'])
      tables[table] = await rowsOf(
        `SELECT encode(substring(p.entries FROM n FOR 24), 'hex') AS entry
           FROM ${schema}.${table}_page p JOIN ${schema}.${table}_run r ON r.id = p.run AND r.live,
                generate_series(1, length(p.entries), 24) AS n`,
      );
    return tables;
  }

  it('give what single ones give, and what the log says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { minLength: 5, maxLength: 25, size: 'max' }),
        fc.constantFrom(6, 1_000),
        async (segments, limit) => {
          const store = await newLog();
          const naive = new NaiveReader();
          for (const one of segments) naive.read(await appendSegment(store, one), one);
          await fold(store, 'together', limit);
          await fold(store, 'single', 1);
          const together = await tablesOf('together');
          expect(together).toEqual(await tablesOf('single'));
          expect(together['identity']).toHaveLength(naive.identities);
          expect(
            await rowsOf(
              `SELECT tenant, position::int, index, status, original_position::int, original_index FROM together.set_aside`,
            ),
          ).toEqual(naive.setAside.sort(byText));
          expect(
            await rowsOf(
              `SELECT tenant, code, status, records::int, first_position::int, last_position::int FROM together.code_tally`,
            ),
          ).toEqual(naive.tally.sort(byText));
        },
      ),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('are those of one tenant that follow each other, up to a thousand records', async () => {
    const of = (tenant: Segment['tenant'], count: number): Segment => ({
      tenant,
      receivedAt: START,
      records: Array.from({ length: count }, (_, n) => ({
        transactionId: `${n}`,
        code: 'api',
        customerId: 'c',
        timestamp: START,
      })),
    });
    const store = createInMemoryEventStore();
    for (const [times, one] of [
      [2, of('limited', 3)],
      [1, of('patient', 3)],
      [1, of('limited', 3)],
      [2, of('limited', 20)],
      [70, of('limited', 15)],
    ] as const) {
      for (let i = 0; i < times; i += 1) await appendSegment(store, one);
    }
    const { events } = await store.readAll({ after: 0, filter: [{ types: [USAGE_RECORDED] }] });
    const { parts, segments, size } = usageBatchOf(events);
    const shapeOf = parts.map(({ tenant, columns, segments: own }) => [
      tenant,
      own.length,
      columns.count,
    ]);
    expect(shapeOf).toEqual([
      ['limited', 2, 6],
      ['patient', 1, 3],
      ['limited', 1, 3],
      ['limited', 1, 20],
      ['limited', 1, 20],
      ['limited', 67, 1_005],
      ['limited', 3, 45],
    ]);
    expect(segments.map(({ position }) => position)).toEqual(
      events.map(({ position }) => position),
    );
    expect(size).toBe(1_102);
  });
});
