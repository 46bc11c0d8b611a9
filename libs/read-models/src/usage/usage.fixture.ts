import { randomUUID } from 'node:crypto';
import {
  shardOf,
  subjectOf,
  usageStreamId,
  type CorrectionEvent,
  type Meter,
  type UsageRecord,
} from '@odometer/domain';
import {
  encodeSegment,
  USAGE_RECORDED,
  USAGE_SEGMENT_VERSION,
  type EventStore,
} from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import {
  schemaOf,
  type Projection,
  type ProjectionHandler,
  type SqlClient,
} from '@odometer/projections';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { createUsageQueries, type UsageQueries } from './usage.query.js';
import { USAGE_PROJECTION, usageProjection } from './usage.projection.js';

const RECORDED_AT = '2026-06-01T00:00:00.000Z';

/** The usage read model over a log, driven batch by batch, for specs. */
export interface UsageFixture {
  readonly store: EventStore;
  readonly database: TestDatabase;
  readonly queries: UsageQueries;
  /** Appends records as one segment for each shard they belong to. */
  record(records: readonly UsageRecord[], tenant?: string): Promise<void>;
  /** Appends a correction behind its record. */
  correct(correction: CorrectionEvent, tenant?: string): Promise<void>;
  /** From here on, records may be so many days late. */
  limitLateness(days: number | null): Promise<void>;
  define(meter: Meter, tenant?: string, type?: string): Promise<void>;
  /** Projects what is new in batches of so many events; `restart` makes the handlers anew first. */
  project(options?: { batch?: number; restart?: boolean }): Promise<void>;
  /** What the read model says, apart from how its runs happen to lie. */
  dump(): Promise<unknown>;
  close(): Promise<void>;
}

export async function usageFixture(
  options: { shards?: number; store?: EventStore } = {},
): Promise<UsageFixture> {
  const shards = options.shards ?? 2;
  const store = options.store ?? createInMemoryEventStore();
  const database = await createTestDatabase();
  const schema = schemaOf(USAGE_PROJECTION);
  const projection = usageProjection({ shards, log: store });
  await database.pool.query(`CREATE SCHEMA ${schema}`);
  await projection.init(database.pool, schema);
  const lanes = Array.from({ length: shards }, (_, shard) => newLane(projection, shard));
  return {
    store,
    database,
    queries: createUsageQueries({
      pool: database.pool,
      log: store,
      readCut: () => {
        const cut = lanes.map(({ after }) => after);
        return Promise.resolve({ position: Math.min(...cut), cut });
      },
    }),
    ...writersTo(store, shards),
    project: async ({ batch = 10, restart = false } = {}) => {
      for (const lane of lanes) {
        if (restart) lane.handler = projection.handler({ schema, shard: lane.shard, shards });
        await projectLane(lane, { store, database, projection, batch });
      }
    },
    dump: () => dump(database, schema),
    close: () => database.drop(),
  };
}

type Writers = Pick<UsageFixture, 'record' | 'correct' | 'limitLateness' | 'define'>;

function writersTo(store: EventStore, shards: number): Writers {
  const append = async (
    stream: string,
    type: string,
    data: object,
    tenant: string,
  ): Promise<void> => {
    const event = {
      eventId: randomUUID(),
      type,
      schemaVersion: type === USAGE_RECORDED ? USAGE_SEGMENT_VERSION : 1,
      data: data as never,
      metadata: { tenant, recordedAt: RECORDED_AT, actor: 'spec', reason: 'a reason' },
    };
    await store.append(stream, [event], { expectedRevision: 'any' });
  };
  return {
    record: async (records, tenant = 'default') => {
      for (let shard = 0; shard < shards; shard += 1) {
        const own = records.filter((record) => shardOf(subjectOf(record), shards) === shard);
        if (own.length === 0) continue;
        await append(
          usageStreamId(tenant, shard),
          USAGE_RECORDED,
          await encodeSegment({ records: own }),
          tenant,
        );
      }
    },
    correct: ({ type, data }, tenant = 'default') =>
      append(usageStreamId(tenant, shardOf(subjectOf(data), shards)), type, data, tenant),
    limitLateness: (lateEventsLimitDays) =>
      append(
        'settings-default',
        'TenantSettingsChanged',
        { rounding: 'exact', lateEventsLimitDays },
        'default',
      ),
    define: (
      meter,
      tenant = 'default',
      type = meter.version === 1 ? 'MeterDefined' : 'MeterRevised',
    ) => append(`meter-${tenant}-${meter.code}`, type, meter, tenant),
  };
}

interface Lane {
  readonly shard: number;
  handler: ProjectionHandler;
  after: number;
}

const newLane = (projection: Projection, shard: number): Lane => ({
  shard,
  handler: projection.handler({
    schema: schemaOf(projection.name),
    shard,
    shards: projection.shards,
  }),
  after: 0,
});

/** What a page folds is looked up by the next ones before it is written. */
const PAGES_PER_TRANSACTION = 3;

async function projectLane(
  lane: Lane,
  to: { store: EventStore; database: TestDatabase; projection: Projection; batch: number },
): Promise<void> {
  const sql = await to.database.pool.connect();
  try {
    for (let more = true; more;) {
      await sql.query('BEGIN');
      for (let page = 0; more && page < PAGES_PER_TRANSACTION; page += 1)
        more = await applyPage(lane, sql, to);
      await lane.handler.flush?.(sql);
      await sql.query('COMMIT');
    }
  } finally {
    sql.release();
  }
}

/** False when there was none. */
async function applyPage(
  lane: Lane,
  sql: SqlClient,
  { store, projection, batch }: { store: EventStore; projection: Projection; batch: number },
): Promise<boolean> {
  const filter = projection.filter(lane.shard);
  const page = await store.readAll({ after: lane.after, filter, limit: batch });
  if (page.position === lane.after) return false;
  lane.after = page.position;
  await lane.handler.apply(sql, page.events);
  return true;
}

async function dump({ pool }: TestDatabase, schema: string): Promise<unknown> {
  const rows = async (query: string): Promise<unknown[]> =>
    (await pool.query<Record<string, unknown>>(query)).rows;
  return {
    series: await rows(`SELECT * FROM ${schema}.series ORDER BY id`),
    bucket: await rows(`SELECT * FROM ${schema}.bucket ORDER BY series, day`),
    uncounted: await rows(
      `SELECT tenant, meter, version, reason, sum(records) AS records FROM ${schema}.uncounted GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
    ),
  };
}

export const meterOf = (given: Partial<Meter> & Pick<Meter, 'code'>): Meter => ({
  version: 1,
  eventCode: 'request',
  aggregation: { type: 'count' },
  filters: {},
  groupBy: [],
  ...given,
});

export const recordOf = (given: Partial<UsageRecord> & { at?: string } = {}): UsageRecord => {
  const { at, ...rest } = given;
  return {
    transactionId: randomUUID(),
    code: 'request',
    ...(rest.subscriptionId === undefined ? { customerId: 'acme' } : {}),
    timestamp: Date.parse(at ?? '2026-05-05T12:00:00Z'),
    ...rest,
  };
};
