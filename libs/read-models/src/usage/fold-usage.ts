import { observationAt, type UsageRecord } from '@odometer/domain';
import type { BucketRows } from './bucket-rows.js';
import type { SeriesEntry } from './series-cache.js';
import { addToDigest, HOUR_MS } from './hour-state.js';
import { NO_SLOT, type HourSums, type SummedGroup } from './hour-sums.js';
import { NO_SUBJECT } from './identities/subjects.js';
import { viewOf } from './identity.js';
import { MeterPlan, type SummedPart } from './meter-plan.js';
import type { CodeMeters, CountingMeter, MeterSet } from './meter-set.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { SegmentView } from './segment-view.js';
import type { SeriesColumn } from './series-column.js';
import type { Uncounted } from './uncounted.js';
import type { BatchPart, UsageBatch } from './usage-batch.js';

/** Where folding puts what it finds. */
export interface FoldTarget {
  readonly buckets: BucketRows;
  /** Of the same buckets; empty when no batch is folded. */
  readonly sums: HourSums;
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

/** Records of a part of the batch that have one event code and count, in the order of the log. */
interface CodePart {
  readonly of: BatchPart;
  readonly scope: CodeMeters;
  readonly indexes: Int32Array;
  readonly view: SegmentView;
}

/** Series of a part, and the meters that add to them. */
interface GroupSeries {
  readonly group: SummedGroup;
  readonly series: SeriesColumn;
}

/** Words of which each user has the same ones. */
class Scratch {
  private words = new Int32Array(0);

  /** So many, of any values. Valid until they are taken again. */
  take(count: number): Int32Array {
    if (this.words.length < count) this.words = new Int32Array(count * 2);
    return this.words.subarray(0, count);
  }
}

class Fold {
  /** One object for all records, since aggregations may not keep it. */
  private readonly observation = observationAt({ position: 0, index: 0 });
  private readonly identities: DataView;
  private readonly plans = new Map<CodeMeters, MeterPlan>();
  private readonly indexes = new Scratch();
  private readonly slots = new Scratch();
  private readonly latest = new Scratch();

  constructor(
    private readonly batch: UsageBatch,
    private readonly counts: Uint8Array,
    private readonly target: FoldTarget,
    /** Only these meters of a scope, or all of them. */
    private readonly only?: readonly CountingMeter[],
  ) {
    this.identities = viewOf(batch.identities);
  }

  all(metersOf: MetersOf): void {
    for (const part of this.batch.parts) this.part(part, metersOf);
    this.target.sums.flush();
  }

  private part(of: BatchPart, metersOf: MetersOf): void {
    const { tenant, columns } = of;
    const scopes = columns.codes.of.map((code) => metersOf(tenant, code!));
    const view = new SegmentView(columns, of.subjects);
    for (const scope of new Set(scopes)) {
      if (scope === undefined || scope.meters.length === 0) continue;
      const indexes = this.indexesOf(of, scopes, scope);
      if (indexes.length > 0) this.ofCode({ of, scope, indexes, view });
    }
  }

  private indexesOf(
    { columns, base }: BatchPart,
    scopes: readonly (CodeMeters | undefined)[],
    scope: CodeMeters,
  ): Int32Array {
    const codeOf = columns.codes.index;
    const indexes = this.indexes.take(columns.count);
    let found = 0;
    for (let index = 0; index < indexes.length; index += 1) {
      if (this.counts[base + index] !== 1 || scopes[codeOf[index]!] !== scope) continue;
      indexes[found] = index;
      found += 1;
    }
    return indexes.subarray(0, found);
  }

  private ofCode(part: CodePart): void {
    const { scope, indexes } = part;
    let plan = this.plans.get(scope);
    if (plan === undefined) {
      plan = new MeterPlan(this.only ?? scope.meters);
      this.plans.set(scope, plan);
    }
    const { summed, others } = plan.for(part.view, indexes);
    for (const one of summed) this.sumUp(part, one);
    if (others.length > 0) this.lookAtEach(part, others);
  }

  /** Adds the records to meters that have to look at each. */
  private lookAtEach(part: CodePart, meters: readonly CountingMeter[]): void {
    const { of, indexes } = part;
    let i = 0;
    for (const { position, base, count } of of.segments) {
      const first = base - of.base;
      this.observation.position = position;
      for (; i < indexes.length && indexes[i]! < first + count; i += 1) {
        this.observation.index = indexes[i]! - first;
        this.record(part, indexes[i]!, meters);
      }
    }
  }

  /** Adds whole columns to what a group of meters has summed up. */
  private sumUp(part: CodePart, summed: SummedPart): void {
    const { sums } = this.target;
    const { indexes, numbers } = summed;
    sums.expect(indexes.length);
    const slots = this.slotsOf(part, summed);
    numbers.forEach((column, field) => sums.addNumbers(field, column, { indexes, slots }));
  }

  /** Adds the records, and answers the slots of their series and hours. */
  private slotsOf(part: CodePart, { group, keys, indexes }: SummedPart): Int32Array {
    const { of: batchPart, view } = part;
    const { sums } = this.target;
    const { timestamps } = batchPart.columns;
    const series = view.series(keys);
    const of = { group, series };
    const slots = this.slots.take(indexes.length);
    const latest = this.latest.take(series.count).fill(NO_SLOT);
    for (let i = 0; i < indexes.length; i += 1) {
      const index = indexes[i]!;
      const number = series.index[index]!;
      const hour = Math.floor(timestamps[index]! / HOUR_MS);
      let slot = latest[number]!;
      if (slot === NO_SLOT || sums.hourOf(slot) !== hour) {
        slot = this.slotOf(part, of, number, hour);
        latest[number] = slot;
      }
      slots[i] = slot;
      sums.addRecord(slot, this.identities, (batchPart.base + index) * IDENTITY_RUNS.entryBytes);
    }
    return slots;
  }

  /** Makes nothing where a customer had the slot before: this is asked for almost each record. */
  private slotOf(part: CodePart, of: GroupSeries, number: number, hour: number): number {
    const { sums } = this.target;
    const { group, series } = of;
    const customer = series.customer(number);
    const latest = customer === NO_SUBJECT ? NO_SLOT : sums.latestOf(group, customer, hour);
    if (latest !== NO_SLOT) return latest;
    const slot = sums.slotOf(group, this.entryOf(part, series, number), hour);
    if (customer !== NO_SUBJECT) sums.note(customer, slot);
    return slot;
  }

  private entryOf({ scope, of }: CodePart, series: SeriesColumn, number: number): SeriesEntry {
    const { buckets } = this.target;
    const subject = series.customer(number);
    if (subject !== NO_SUBJECT) {
      const { table } = of.subjects;
      return buckets.ofSubject(scope, { table, subject }, () => series.of(scope, number));
    }
    const key = series.keyOf(number);
    return buckets.known(scope, key) ?? buckets.add(scope, key, series.of(scope, number));
  }

  private record({ of, scope }: CodePart, index: number, meters: readonly CountingMeter[]): void {
    const { buckets } = this.target;
    const record = of.columns.records[index]!;
    const identityAt = (of.base + index) * IDENTITY_RUNS.entryBytes;
    let totals: SeriesEntry | undefined;
    for (const meter of meters) {
      if (!this.sees(meter, record)) continue;
      totals ??= buckets.entry(scope, record, null);
      this.addTo(totals, meter, identityAt);
      const keys = meter.meter.groupBy;
      if (keys.length === 0) continue;
      // Totals of a grouped meter are kept beside its groups, so that balances and plain charges read one series.
      const group = { keys, values: meter.dimensions(record) };
      this.addTo(buckets.entry(scope, record, group), meter, identityAt);
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

  private addTo(entry: SeriesEntry, meter: CountingMeter, identityAt: number): void {
    const hour = Math.floor(this.observation.timestamp / HOUR_MS);
    const state = this.target.buckets.hour(entry, meter, hour);
    state.records += 1;
    state.state = meter.aggregation.add(state.state, this.observation);
    addToDigest(state, this.batch.identities, identityAt);
  }
}
