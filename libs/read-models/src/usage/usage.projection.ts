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
import { CorrectionFold } from './apply-correction.js';
import { CodeTally } from './code-tally.js';
import { isCorrection } from './correction-log.js';
import { deduplicate } from './deduplicate.js';
import { foldUsage, type FoldTarget } from './fold-usage.js';
import { HourSums } from './hour-sums.js';
import type { Place } from './identity.js';
import { LateLimits, SETTINGS_CHANGED } from './late-limits.js';
import { MeterHistory } from './meter-history.js';
import { MeterSet } from './meter-set.js';
import { postingsOf } from './postings.js';
import { RecordFinder } from './record-finder.js';
import { IDENTITY_RUNS, POSTING_RUNS } from './run-formats.js';
import { noteSegments } from './segment-ledger.js';
import { SetAside } from './set-aside.js';
import { EntryRoom } from './sorted-runs/entry-room.js';
import { SortedRuns } from './sorted-runs/sorted-runs.js';
import { Uncounted } from './uncounted.js';
import {
  batchRecord,
  segmentAt,
  USAGE_EVENTS,
  usageBatchOf,
  type UsageBatch,
} from './usage-batch.js';
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
  version: 8,
  shards: options.shards,
  filter: (shard) => [
    { types: USAGE_EVENTS, streamSuffix: `-${shard}` },
    { types: [...METER_EVENTS, SETTINGS_CHANGED] },
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
  readonly tally: CodeTally;
  readonly lateLimits: LateLimits;
}

class UsageHandler implements ProjectionHandler {
  private shard: Shard | null = null;
  /** For what one batch after the other has of entries. */
  private readonly rooms = { entries: new EntryRoom(), sorted: new EntryRoom() };
  /** Whether the transaction at hand is still to begin. */
  private flushed = false;
  private readonly target: FoldTarget;
  private readonly segments: SegmentCache;
  private readonly setAside: SetAside;
  private readonly corrections: CorrectionFold;
  private readonly history: MeterHistory;

  constructor(
    private readonly context: ProjectionContext,
    log: ReadLog,
  ) {
    this.segments = new SegmentCache(log);
    const buckets = new BucketRows(context.schema);
    this.target = {
      buckets,
      sums: new HourSums(buckets),
      uncounted: new Uncounted(context.schema, context.shard),
    };
    this.setAside = new SetAside(context.schema, context.shard);
    this.corrections = new CorrectionFold(context, {
      finder: new RecordFinder(context.schema, this.segments),
      setAside: this.setAside,
      target: this.target,
    });
    this.history = new MeterHistory(context, log, {
      setAside: this.setAside,
      target: this.target,
      room: this.rooms.entries,
    });
  }

  async apply(sql: SqlClient, events: readonly RecordedEvent[]): Promise<void> {
    this.shard ??= await this.load(sql);
    if (this.flushed) this.begin(this.shard);
    let segments: RecordedEvent[] = [];
    for (const event of events) {
      if (event.type === USAGE_RECORDED) {
        segments.push(event);
        continue;
      }
      await this.applyUsage(sql, this.shard, segments);
      segments = [];
      if (isCorrection(event)) await this.applyCorrection(sql, this.shard, event);
      else if (event.type === SETTINGS_CHANGED) await this.shard.lateLimits.change(sql, event);
      else await this.applyMeterChange(sql, this.shard, event);
    }
    await this.applyUsage(sql, this.shard, segments);
  }

  async flush(sql: SqlClient): Promise<void> {
    const { shard, target } = this;
    if (shard === null) return;
    await shard.identities.flush(sql);
    await this.settle(sql, shard);
    await target.buckets.flush(sql);
    await target.uncounted.flush(sql);
    await shard.tally.flush(sql);
    this.flushed = true;
  }

  /** What was sent in the transaction before is with the database. */
  private begin({ identities, postings }: Shard): void {
    this.flushed = false;
    identities.settled();
    postings.settled();
    this.rooms.entries.rest();
    this.rooms.sorted.rest();
  }

  /** Finishes what corrections began, which looks records up by their postings. */
  private async settle(sql: SqlClient, { postings }: Shard): Promise<void> {
    await postings.flush(sql);
    await this.corrections.settle(sql);
  }

  private async load(sql: SqlClient): Promise<Shard> {
    const place = { ...this.context, room: this.rooms.sorted };
    return {
      identities: await SortedRuns.load(sql, IDENTITY_RUNS, place),
      postings: await SortedRuns.load(sql, POSTING_RUNS, place),
      meters: await MeterSet.load(sql, this.context),
      tally: await CodeTally.load(sql, this.context),
      lateLimits: await LateLimits.load(sql, this.context),
    };
  }

  private async applyUsage(
    sql: SqlClient,
    shard: Shard,
    events: readonly RecordedEvent[],
  ): Promise<void> {
    if (events.length === 0) return;
    const batch = usageBatchOf(events, this.rooms.entries);
    const source = {
      records: (places: readonly Place[]) => this.recordsAt(batch, places),
      amended: (original: Place) => this.corrections.amendmentOf(sql, original),
    };
    const { counts, rejections, fresh } = await deduplicate(sql, batch, shard.identities, source);
    await shard.identities.insert(sql, fresh);
    const setAside = [...rejections, ...shard.lateLimits.setAside(batch, counts)];
    const tenants = new Map(events.map(({ position, metadata }) => [position, metadata.tenant]));
    await this.setAside.add(sql, setAside, (position) => tenants.get(position)!);
    shard.tally.addBatch(batch, counts, setAside);
    await this.takeIn(sql, shard, batch, counts);
  }

  private async takeIn(
    sql: SqlClient,
    shard: Shard,
    batch: UsageBatch,
    counts: Uint8Array,
  ): Promise<void> {
    foldUsage(batch, counts, shard.meters, this.target);
    // Nobody asks for the identities of the batch any more: its postings have their room.
    const postings = shard.postings.sorted(postingsOf(batch, this.rooms.entries));
    await shard.postings.insert(sql, [postings]);
    await noteSegments(sql, this.context, batch);
  }

  private async applyCorrection(sql: SqlClient, shard: Shard, event: RecordedEvent): Promise<void> {
    const effective = await this.corrections.takeBack(sql, shard, event);
    const batch = usageBatchOf([event], this.rooms.entries);
    if (!effective || batch.size === 0) return;
    // An amendment is somebody's decision: it is never too late.
    const counts = Uint8Array.of(1);
    shard.tally.addBatch(batch, counts, []);
    await this.takeIn(sql, shard, batch, counts);
  }

  private async applyMeterChange(
    sql: SqlClient,
    shard: Shard,
    event: RecordedEvent,
  ): Promise<void> {
    await this.settle(sql, shard);
    const change = meterEventOf(event);
    const { tenant } = event.metadata;
    const fresh = await shard.meters.change(sql, tenant, change);
    if (fresh.length > 0)
      await this.history.count(sql, shard, { meters: fresh, before: event.position });
  }

  /** Records of the batch at hand, or ones that were folded before. */
  private async recordsAt(batch: UsageBatch, places: readonly Place[]): Promise<UsageRecord[]> {
    const positions = new Set(places.map(({ position }) => position));
    const before = [...positions].filter((at) => segmentAt(batch, at).position !== at);
    const segments = await this.segments.load(before);
    return places.map(({ position, index }) => {
      const before = segments.get(position);
      const record = before
        ? before.columns.record(index)
        : batchRecord(batch, { position, index });
      if (record === undefined)
        throw new Error(`the log has no usage record ${index} at position ${position}`);
      return record;
    });
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
