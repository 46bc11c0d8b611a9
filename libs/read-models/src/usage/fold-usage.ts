import { observationAt, type UsageRecord } from '@odometer/domain';
import type { BucketRows, SeriesEntry } from './bucket-rows.js';
import { addToDigest, HOUR_MS } from './hour-state.js';
import type { CodeMeters, CountingMeter, MeterSet } from './meter-set.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { seriesKey, seriesOf, type Dimensions } from './series.js';
import type { Uncounted } from './uncounted.js';
import type { BatchSegment, UsageBatch } from './usage-batch.js';

/** Where folding puts what it finds. */
export interface FoldTarget {
  readonly buckets: BucketRows;
  readonly uncounted: Uncounted;
}

/** Adds the records of a batch that count to the buckets of every meter that sees them. */
export function foldUsage(
  batch: UsageBatch,
  counts: Uint8Array,
  meters: MeterSet,
  target: FoldTarget,
): void {
  const fold = new Fold(batch, counts, target);
  fold.all((tenant, code) => meters.ofCode(tenant, code));
}

/**
 * The same for some meters of a code, as when their history is counted after they were made. `scope` is that of all meters of the code: rows
 * are kept under it, and what one of its meters adds has to be seen by the others that share the row.
 */
export function foldUsageOfMeters(
  batch: UsageBatch,
  counts: Uint8Array,
  { meters, scope }: { readonly meters: readonly CountingMeter[]; readonly scope: CodeMeters },
  target: FoldTarget,
): void {
  const fold = new Fold(batch, counts, target, meters);
  fold.all((tenant, code) => (tenant === scope.tenant && code === scope.code ? scope : undefined));
}

type MetersOf = (tenant: string, code: string) => CodeMeters | undefined;

class Fold {
  /** One object for all records, since aggregations may not keep it. */
  private readonly observation = observationAt({ position: 0, index: 0 });
  private identityAt = 0;
  /** The code that was looked up last, in the segment at hand: records of one code mostly follow each other. */
  private lastCode: string | undefined;
  private lastScope: CodeMeters | undefined;

  constructor(
    private readonly batch: UsageBatch,
    private readonly counts: Uint8Array,
    private readonly target: FoldTarget,
    /** Only these meters of a scope, or all of them. */
    private readonly only?: readonly CountingMeter[],
  ) {}

  all(metersOf: MetersOf): void {
    for (const segment of this.batch.segments) {
      this.observation.position = segment.position;
      this.lastCode = undefined;
      for (let index = 0; index < segment.records.length; index += 1) {
        if (this.counts[segment.base + index] === 1) this.record(segment, index, metersOf);
      }
    }
  }

  private record({ tenant, records, base }: BatchSegment, index: number, metersOf: MetersOf): void {
    const record = records[index]!;
    if (record.code !== this.lastCode) {
      this.lastScope = metersOf(tenant, record.code);
      this.lastCode = record.code;
    }
    const scope = this.lastScope;
    if (scope === undefined) return;
    this.observation.index = index;
    this.identityAt = (base + index) * IDENTITY_RUNS.entryBytes;
    let totals: SeriesEntry | undefined;
    for (const meter of this.only ?? scope.meters) {
      if (!this.sees(meter, record)) continue;
      totals ??= this.entry(scope, record, null);
      this.addTo(totals, meter);
      const keys = meter.meter.groupBy;
      if (keys.length === 0) continue;
      // Totals of a grouped meter are kept beside its groups, so that balances and plain charges read one series.
      this.addTo(this.entry(scope, record, { keys, values: meter.dimensions(record) }), meter);
    }
  }

  /** Whether the meter counts the record; sets the observation to what it sees. What it cannot count is tallied. */
  private sees(meter: CountingMeter, record: UsageRecord): boolean {
    if (!meter.matches(record)) return false;
    const refusal = meter.observe(record, this.observation);
    if (refusal === null) return true;
    if (meter.owns(record)) this.target.uncounted.add(meter, refusal, this.observation.position);
    return false;
  }

  private entry(
    scope: CodeMeters,
    record: UsageRecord,
    dimensions: Dimensions | null,
  ): SeriesEntry {
    return this.target.buckets.entry(scope, seriesKey(record, dimensions), () =>
      seriesOf(scope, record, dimensions),
    );
  }

  private addTo(entry: SeriesEntry, meter: CountingMeter): void {
    const hour = Math.floor(this.observation.timestamp / HOUR_MS);
    const state = this.target.buckets.hour(entry, meter, hour);
    state.records += 1;
    state.state = meter.aggregation.add(state.state, this.observation);
    addToDigest(state, this.batch.identities, this.identityAt);
  }
}
