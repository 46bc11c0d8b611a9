import type { JsonValue, Observation, UsageRecord } from '@odometer/domain';
import type { BucketRows } from './bucket-rows.js';
import { addToDigest, HOUR_MS } from './hour-state.js';
import type { CountingMeter, MeterSet } from './meter-set.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { seriesKey, seriesOf } from './series.js';
import type { Uncounted } from './uncounted.js';
import type { BatchSegment, UsageBatch } from './usage-batch.js';

/** The observation that is handed to aggregations; one object for all records, since they may not keep it. */
interface MutableObservation extends Observation {
  value: JsonValue | undefined;
  timestamp: number;
  position: number;
  index: number;
}

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
  fold.all((record, tenant) => meters.meters(tenant, record.code));
}

/** The same for one meter, as when its history is counted after it was made. */
export function foldUsageOfMeter(
  batch: UsageBatch,
  counts: Uint8Array,
  meter: CountingMeter,
  target: FoldTarget,
): void {
  const only = [meter];
  const fold = new Fold(batch, counts, target);
  fold.all((record, tenant) =>
    tenant === meter.tenant && record.code === meter.meter.eventCode ? only : [],
  );
}

type MetersOf = (record: UsageRecord, tenant: string) => readonly CountingMeter[];

class Fold {
  private readonly observation: MutableObservation = {
    value: undefined,
    timestamp: 0,
    position: 0,
    index: 0,
  };

  constructor(
    private readonly batch: UsageBatch,
    private readonly counts: Uint8Array,
    private readonly target: FoldTarget,
  ) {}

  all(metersOf: MetersOf): void {
    for (const segment of this.batch.segments) {
      this.observation.position = segment.position;
      for (let index = 0; index < segment.records.length; index += 1) {
        if (this.counts[segment.base + index] === 1) this.record(segment, index, metersOf);
      }
    }
  }

  private record({ tenant, records, base }: BatchSegment, index: number, metersOf: MetersOf): void {
    const record = records[index]!;
    this.observation.index = index;
    for (const meter of metersOf(record, tenant)) {
      if (meter.matches(record)) this.one(meter, record, base + index);
    }
  }

  private one(meter: CountingMeter, record: UsageRecord, batchIndex: number): void {
    const { observation } = this;
    observation.value = meter.value(record);
    observation.timestamp = record.timestamp;
    const dimensions = meter.meter.groupBy.length === 0 ? null : meter.dimensions(record);
    const { buckets, uncounted } = this.target;
    const entry = buckets.entry(meter, seriesKey(record, dimensions), () =>
      seriesOf(meter.tenant, meter.meter, record, dimensions),
    );
    const refusal = entry.aggregation.refuses(observation);
    if (refusal !== null) {
      uncounted.add(meter, refusal, observation.position);
      return;
    }
    const hour = Math.floor(record.timestamp / HOUR_MS);
    this.addTo(entry, hour, batchIndex);
    if (dimensions === null) return;
    // Totals of a grouped meter are kept beside its groups, so that balances and plain charges read one series.
    const total = buckets.entry(meter, seriesKey(record, null), () =>
      seriesOf(meter.tenant, meter.meter, record, null),
    );
    this.addTo(total, hour, batchIndex);
  }

  private addTo(entry: ReturnType<BucketRows['entry']>, hour: number, batchIndex: number): void {
    const state = this.target.buckets.hour(entry, hour);
    state.records += 1;
    state.state = entry.aggregation.add(state.state, this.observation);
    addToDigest(state, this.batch.identities, batchIndex * IDENTITY_RUNS.entryBytes);
  }
}
