import type { MeterEvent, UsageRecord } from '@odometer/domain';
import { USAGE_RECORDED, type RecordedEvent } from '@odometer/event-store';
import type {
  Projection,
  ProjectionContext,
  ProjectionHandler,
  SqlClient,
} from '@odometer/projections';
import { SegmentCache } from './segment-cache.js';
import type { ReadLog } from './read-log.js';
import { BucketRows } from './bucket-rows.js';
import { deduplicate, type Rejection } from './deduplicate.js';
import { foldUsage, foldUsageOfMeter, type FoldTarget } from './fold-usage.js';
import type { Place } from './identity.js';
import { MeterSet, type CountingMeter } from './meter-set.js';
import { PostingWriter } from './postings.js';
import { IDENTITY_RUNS, POSTING_RUNS } from './run-formats.js';
import { SegmentLedger } from './segment-ledger.js';
import { SortedRuns } from './sorted-runs/sorted-runs.js';
import { Uncounted } from './uncounted.js';
import { usageBatchOf, type UsageBatch } from './usage-batch.js';
import { usageTables } from './usage.table.js';

export const USAGE_PROJECTION = 'usage';

const METER_EVENTS = ['MeterDefined', 'MeterRevised', 'MeterArchived'] as const;

/**
 * Deduplicates usage and folds it into hourly states. One handler serves one shard; a subject lives in one shard, so shards need
 * nothing of each other.
 */
export const usageProjection = (options: {
  readonly shards: number;
  readonly log: ReadLog;
}): Projection => ({
  name: USAGE_PROJECTION,
  version: 2,
  shards: options.shards,
  filter: (shard) => [
    { types: [USAGE_RECORDED], streamSuffix: `-${shard}` },
    { types: [...METER_EVENTS] },
  ],
  init: async (sql, schema) => {
    await sql.query(usageTables(schema));
  },
  handler: (context) => new UsageHandler(context, options.log),
});

/** What a handler holds of its shard; loaded with the first batch, within its transaction. */
interface Shard {
  readonly identities: SortedRuns;
  readonly postings: SortedRuns;
  readonly meters: MeterSet;
  readonly ledger: SegmentLedger;
}

class UsageHandler implements ProjectionHandler {
  private shard: Shard | null = null;
  private readonly postingWriter = new PostingWriter();
  private readonly target: FoldTarget;
  private readonly segments: SegmentCache;

  constructor(
    private readonly context: ProjectionContext,
    private readonly log: ReadLog,
  ) {
    this.segments = new SegmentCache(log);
    this.target = {
      buckets: new BucketRows(context.schema),
      uncounted: new Uncounted(context.schema, context.shard),
    };
  }

  async apply(sql: SqlClient, events: readonly RecordedEvent[]): Promise<void> {
    this.shard ??= await this.load(sql);
    let segments: RecordedEvent[] = [];
    for (const event of events) {
      if (event.type === USAGE_RECORDED) {
        segments.push(event);
        continue;
      }
      await this.applyUsage(sql, this.shard, segments);
      segments = [];
      await this.applyMeterChange(sql, this.shard, event);
    }
    await this.applyUsage(sql, this.shard, segments);
    await this.target.buckets.flush(sql);
    await this.target.uncounted.flush(sql);
  }

  private async load(sql: SqlClient): Promise<Shard> {
    return {
      identities: await SortedRuns.load(sql, IDENTITY_RUNS, this.context),
      postings: await SortedRuns.load(sql, POSTING_RUNS, this.context),
      meters: await MeterSet.load(sql, this.context),
      ledger: await SegmentLedger.load(sql, this.context),
    };
  }

  private async applyUsage(
    sql: SqlClient,
    shard: Shard,
    events: readonly RecordedEvent[],
  ): Promise<void> {
    if (events.length === 0) return;
    const batch = usageBatchOf(events);
    const readRecord = (place: Place): Promise<UsageRecord> => this.readRecord(batch, place);
    const { counts, rejections, fresh } = await deduplicate(
      sql,
      batch,
      shard.identities,
      readRecord,
    );
    foldUsage(batch, counts, shard.meters, this.target);
    await shard.identities.insert(sql, fresh);
    await shard.postings.insert(sql, this.postingWriter.postingsOf(batch));
    await this.storeRejections(sql, rejections, events);
    await shard.ledger.add(sql, batch);
  }

  private async applyMeterChange(
    sql: SqlClient,
    shard: Shard,
    event: RecordedEvent,
  ): Promise<void> {
    const change = meterEventOf(event);
    const { tenant } = event.metadata;
    const fresh = await shard.meters.change(sql, tenant, change);
    if (fresh !== null)
      await this.countHistory(sql, shard, { meter: fresh, before: event.position });
  }

  /** A meter sees the records from before it was made, too: its past is read from the log, from where its event code first occurs. */
  private async countHistory(
    sql: SqlClient,
    shard: Shard,
    history: { meter: CountingMeter; before: number },
  ): Promise<void> {
    const { tenant, meter } = history.meter;
    const first = shard.ledger.firstPosition(tenant, meter.eventCode);
    if (first === undefined) return;
    const filter = [
      {
        types: [USAGE_RECORDED],
        streamPrefix: `usage-${tenant}-`,
        streamSuffix: `-${this.context.shard}`,
      },
    ];
    let after = first - 1;
    while (after < history.before) {
      const page = await this.log.readAll({ after, filter });
      const events = page.events.filter(({ position }) => position < history.before);
      const batch = usageBatchOf(events);
      const counts = await this.countsOf(sql, batch);
      foldUsageOfMeter(batch, counts, history.meter, this.target);
      await this.target.buckets.flush(sql);
      if (page.position <= after) return;
      after = page.position;
    }
  }

  /** Which records of segments that were deduplicated before count: all that were not rejected then. */
  private async countsOf(sql: SqlClient, batch: UsageBatch): Promise<Uint8Array> {
    const counts = new Uint8Array(batch.size).fill(1);
    const { rows } = await sql.query<{ position: string; index: number }>(
      `SELECT position, index FROM ${this.context.schema}.rejected WHERE position = ANY($1::bigint[])`,
      [batch.segments.map(({ position }) => position)],
    );
    for (const row of rows) {
      const segment = batch.segments.find(({ position }) => position === Number(row.position));
      if (segment !== undefined) counts[segment.base + row.index] = 0;
    }
    return counts;
  }

  private async storeRejections(
    sql: SqlClient,
    rejections: readonly Rejection[],
    events: readonly RecordedEvent[],
  ): Promise<void> {
    if (rejections.length === 0) return;
    const tenants = new Map(events.map((event) => [event.position, event.metadata.tenant]));
    const rows = rejections.map(({ place, original, status }) => ({
      tenant: tenants.get(place.position),
      shard: this.context.shard,
      position: place.position,
      index: place.index,
      status,
      original_position: original.position,
      original_index: original.index,
    }));
    const { schema } = this.context;
    await sql.query(
      `INSERT INTO ${schema}.rejected SELECT * FROM json_populate_recordset(NULL::${schema}.rejected, $1) ORDER BY position, index`,
      [JSON.stringify(rows)],
    );
  }

  /** A record of the batch at hand, or one that was folded before. */
  private async readRecord(batch: UsageBatch, { position, index }: Place): Promise<UsageRecord> {
    const here = batch.segments.find((segment) => segment.position === position);
    const segment = here ?? (await this.segments.load([position])).get(position);
    const record = segment?.records[index];
    if (record === undefined)
      throw new Error(`the log has no usage record ${index} at position ${position}`);
    return record;
  }
}

function meterEventOf(event: RecordedEvent): MeterEvent {
  const known = METER_EVENTS.some((type) => type === event.type);
  if (!known || event.schemaVersion !== 1) {
    throw new Error(
      `event ${event.type} version ${event.schemaVersion} at position ${event.position} is not known`,
    );
  }
  return { type: event.type, data: event.data } as unknown as MeterEvent;
}
