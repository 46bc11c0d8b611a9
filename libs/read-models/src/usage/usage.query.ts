import {
  meterAt,
  totalsOfEvents,
  weightingOf,
  windowEndOf,
  type ReadMeteredEvents,
  type ReadUsage,
  type UsageAnswer,
} from '@odometer/domain';
import { schemaOf, type SqlClient } from '@odometer/projections';
import type pg from 'pg';
import { compareMeters, type ComparisonRequest, type MeterComparison } from './compare-meters.js';
import { BucketReader } from './bucket-reader.js';
import { gathering, type Gathered } from './gather.js';
import { EdgeReader } from './edges.js';
import { readMeteredEvents } from './metered-events.js';
import { asksBeyondBuckets } from './beyond-buckets.js';
import { findPayers, readPayer, type PayersRequest, type PayerUsage } from './metered-subjects.js';
import { readWindows as readWindowsOf } from './read-windows.js';
import { CountedMeters } from './ready-meter.js';
import { RecordFinder } from './record-finder.js';
import { findRecordHistory, type RecordHistory, type RecordRequest } from './record-history.js';
import { SegmentCache } from './segment-cache.js';
import { findUnbilled, type UnbilledEntry, type UnbilledRequest } from './unbilled.js';
import { usageSubjects, type UsageSubjects } from './usage-subjects.js';
import type { WindowsRequest } from './window-series.js';
import type { WindowsAnswer } from './usage-reader.js';
import { exportRecords, type RecordExport } from './record-export.js';
import {
  findUsageRecords,
  type UsageRecordsAnswer,
  type UsageRecordsPageRequest,
} from './usage-records.js';
import type { UsageRecordsRequest } from './usage-records-request.js';
import type { ReadLog } from './read-log.js';
import { USAGE_PROJECTION } from './usage.projection.js';

export interface UsageQueries {
  /** One window: the merge of all slices of the request. */
  readonly readUsage: ReadUsage;
  /** Windows of several requests from one snapshot, for series over time. See `readRawWindows` for what is read from records. */
  readonly readWindows: (requests: readonly WindowsRequest[]) => Promise<WindowsAnswer[]>;
  /** The records themselves, for prices that look at each. */
  readonly readMeteredEvents: ReadMeteredEvents;
  /** Windows by two definitions of a meter, neither of which has to be stored; null above the records it may look at. */
  readonly compareMeters: (
    request: ComparisonRequest,
  ) => Promise<(MeterComparison & Pick<UsageAnswer, 'position' | 'cut'>) | null>;
  /** One record with all that corrections made of it; null when there is none. */
  readonly findRecord: (request: RecordRequest) => Promise<RecordHistory | null>;
  /** Whose usage has been folded since a position of each shard; null = since about now. */
  readonly usageSubjects: (
    tenant: string,
    after: readonly number[] | null,
  ) => Promise<UsageSubjects>;
  /** Records that are billed nowhere, by reason; at most `limit` entries of one kind. */
  readonly findUnbilled: (request: UnbilledRequest) => Promise<UnbilledEntry[]>;
  /** Ids that counted records name as their payer, to be compared with those that are known. */
  readonly findPayers: (request: PayersRequest) => Promise<string[]>;
  /** The usage of one payer; null when none of its records counts any more. */
  readonly readPayer: (
    payer: Pick<PayersRequest, 'tenant' | 'kind'> & { readonly id: string },
  ) => Promise<PayerUsage | null>;
  readonly findRecords: (request: UsageRecordsPageRequest) => Promise<UsageRecordsAnswer>;
  /** The same without a limit, as pages to be taken one after the other. */
  readonly exportRecords: (request: UsageRecordsRequest) => Promise<RecordExport>;
}

/** How far the projection has come in the snapshot of a connection; see UsageAnswer. */
export type ReadCut = (sql: SqlClient) => Promise<Pick<UsageAnswer, 'position' | 'cut'>>;

interface UsageQueryOptions {
  readonly pool: pg.Pool;
  readonly log: ReadLog;
  readonly readCut: ReadCut;
}

/** Segments that all exports together keep: neighbours of a page, no more. */
const SEGMENTS_OF_EXPORTS = 16;

/** The questions that the usage read model answers, each from one snapshot of the database. */
export function createUsageQueries(options: UsageQueryOptions): UsageQueries {
  const schema = schemaOf(USAGE_PROJECTION);
  const segments = new SegmentCache(options.log);
  const finder = new RecordFinder(schema, segments);

  const settleWindows = (requests: readonly WindowsRequest[]): Promise<Gathered<WindowsAnswer>> =>
    inSnapshot(options.pool, async (sql) => {
      const reached = await options.readCut(sql);
      const shards = reached.cut.length;
      const meters = await CountedMeters.load(sql, schema, requests);
      const buckets = new BucketReader(sql, schema);
      const edges = new EdgeReader(finder);
      const reading = { sql, schema, finder, edges, buckets, meters, shards };
      const answers: PromiseSettledResult<WindowsAnswer>[] = [];
      for (const request of requests) {
        const answer = readWindowsOf(reading, request);
        const [settled] = await Promise.allSettled([
          answer.then((windows) => ({ ...reached, windows })),
        ]);
        answers.push(settled);
      }
      return answers;
    });
  const readWindows = async (requests: readonly WindowsRequest[]): Promise<WindowsAnswer[]> =>
    (await settleWindows(requests)).map((answer) => {
      if (answer.status === 'rejected') throw answer.reason;
      return answer.value;
    });
  const readGathered = gathering(settleWindows);

  const meteredEvents: ReadMeteredEvents = (request) =>
    inSnapshot(options.pool, async (sql) => {
      const reached = await options.readCut(sql);
      const meter = meterAt(request.meter, windowEndOf(request));
      const valid = { ...request, meter };
      const events = await readMeteredEvents(sql, finder, valid, reached.cut.length);
      return { ...reached, events };
    });

  return {
    readWindows,
    readMeteredEvents: meteredEvents,
    readUsage: async ({ slices, ...request }) => {
      if (asksBeyondBuckets(request)) {
        const properties = request.groupBy;
        const { events, ...reached } = await meteredEvents({ ...request, slices, properties });
        const weighting = weightingOf({ ...request, slices });
        const meter = meterAt(request.meter, windowEndOf({ slices }));
        const valid = { ...request, meter, weighting };
        const totals = totalsOfEvents(valid, events).map(({ total }) => total);
        return { totals, ...reached };
      }
      const { windows, ...reached } = await readGathered({ ...request, windows: [slices] });
      return { totals: windows[0]!, ...reached };
    },
    ...recordQueries(options, { schema, segments, finder }),
    usageSubjects: (tenant, after) =>
      inSnapshot(options.pool, async (sql) => {
        const from = after ?? (await options.readCut(sql)).cut;
        return usageSubjects(sql, { schema, segments }, tenant, from);
      }),
    findUnbilled: (request) =>
      inSnapshot(options.pool, (sql) => findUnbilled(sql, { schema, finder }, request)),
    findPayers: (request) => inSnapshot(options.pool, (sql) => findPayers(sql, schema, request)),
    readPayer: (payer) =>
      inSnapshot(options.pool, (sql) => readPayer(sql, { schema, finder }, payer)),
  };
}

/** Questions about the records themselves. */
function recordQueries(
  options: UsageQueryOptions,
  {
    schema,
    segments,
    finder,
  }: {
    readonly schema: string;
    readonly segments: SegmentCache;
    readonly finder: RecordFinder;
  },
): Pick<UsageQueries, 'compareMeters' | 'findRecord' | 'findRecords' | 'exportRecords'> {
  const exporting = {
    schema,
    finder: new RecordFinder(schema, new SegmentCache(options.log, SEGMENTS_OF_EXPORTS)),
    inSnapshot: <Result>(work: (sql: SqlClient) => Promise<Result>) =>
      inSnapshot(options.pool, work),
    readCut: options.readCut,
  };
  return {
    compareMeters: (request) =>
      inSnapshot(options.pool, async (sql) => {
        const reached = await options.readCut(sql);
        const comparison = await compareMeters(sql, finder, request);
        return comparison === null ? null : { ...comparison, ...reached };
      }),
    findRecord: (request) =>
      inSnapshot(options.pool, async (sql) => {
        const { cut } = await options.readCut(sql);
        const reading = { sql, schema, shards: cut.length, segments, finder };
        return findRecordHistory(reading, request);
      }),
    findRecords: (request) =>
      inSnapshot(options.pool, async (sql) => {
        const { position } = await options.readCut(sql);
        return { ...(await findUsageRecords(sql, schema, finder, request)), position };
      }),
    exportRecords: (request) => exportRecords(exporting, request),
  };
}

/** Runs `work` on a connection whose statements all see the database as of one moment. */
async function inSnapshot<Result>(
  pool: pg.Pool,
  work: (sql: SqlClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const result = await work(client);
    // Nothing was written, so nobody waits for the end of the transaction but the connection.
    void client.query('COMMIT').then(
      () => client.release(),
      () => client.release(true),
    );
    return result;
  } catch (error) {
    // The state of the connection is not known: it is not given back.
    client.release(true);
    throw error;
  }
}
