import {
  addToWindow,
  compileMeter,
  meterAt,
  observationAt,
  reachOf,
  unitsOf,
  weightingOf,
  windowEndOf,
  type AggregationState,
  type CompiledMeter,
  type Decimal,
  type Meter,
  type UsageRequest,
  type UsageSlice,
} from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { isOfSlice, subjectOfSlice } from './metered-events.js';
import type { FoundRecord, RecordFinder, SubjectRange } from './record-finder.js';

/** A window of one payer; its slices name a customer or a subscription. */
export type ComparedWindow = Pick<UsageRequest, 'slices' | 'weighting'>;

export interface ComparisonRequest {
  readonly tenant: string;
  readonly before: Meter;
  readonly after: Meter;
  readonly windows: readonly ComparedWindow[];
  /** Records that may be looked at, a record of two windows twice. */
  readonly recordsMax: number;
}

/** What a window comes to by one of the two. */
export interface ComparedUsage {
  /** The version that is valid where the window ends. */
  readonly version: number;
  readonly value: Decimal;
  readonly eventsCount: number;
}

export interface MeterComparison {
  /** As many as windows, in their order. */
  readonly windows: readonly { readonly before: ComparedUsage; readonly after: ComparedUsage }[];
  /** Records that were looked at, whether or not either of the two counts them. */
  readonly records: number;
}

/** Records whose segments are held at a time. */
const RECORDS_PER_READ = 4_096;

/**
 * Counts windows by two definitions of a meter side by side, from the records themselves: none of the two needs to be counted already, and
 * nothing is stored. Null when that would take more records than it may look at.
 */
export async function compareMeters(
  sql: SqlClient,
  finder: RecordFinder,
  request: ComparisonRequest,
): Promise<MeterComparison | null> {
  const { tenant } = request;
  const sides = request.windows.map((window) => ({
    before: new WindowCount(request.before, window),
    after: new WindowCount(request.after, window),
  }));
  const readings: SliceReading[] = request.windows.flatMap(({ slices }, at) => {
    const counts = Object.values(sides[at]!);
    return slices.map((slice) => {
      const from = Math.min(...counts.map((side) => side.reach(slice).from));
      return {
        slice,
        counts,
        range: { tenant, subject: subjectOfSlice(slice), from, to: slice.to },
      };
    });
  });
  let records = 0;
  for (const { range } of readings) {
    records += await finder.countOfSubject(sql, range);
    if (records > request.recordsMax) return null;
  }
  for (const reading of readings) await countSlice(sql, finder, reading);
  const windows = sides.map(({ before, after }) => ({
    before: before.usage(),
    after: after.usage(),
  }));
  return { windows, records };
}

/** A slice of a window, the records that either of the two may count of it, and who counts them. */
interface SliceReading {
  readonly slice: UsageSlice;
  readonly range: SubjectRange;
  readonly counts: readonly WindowCount[];
}

async function countSlice(
  sql: SqlClient,
  finder: RecordFinder,
  { slice, range, counts }: SliceReading,
): Promise<void> {
  const places = await finder.placesOfSubject(sql, range);
  for (let at = 0; at < places.length; at += RECORDS_PER_READ) {
    const found = await finder.at(sql, places.slice(at, at + RECORDS_PER_READ));
    for (const one of found) {
      if (one.status !== 'accepted' || !isOfSlice(one.record, slice)) continue;
      for (const side of counts) side.add(slice, one);
    }
  }
}

/** A window as one meter counts it. */
class WindowCount {
  private readonly meter: CompiledMeter;
  private state: AggregationState;
  private eventsCount = 0;

  constructor(
    meter: Meter,
    private readonly window: ComparedWindow,
  ) {
    this.meter = compileMeter(meterAt(meter, windowEndOf(window)));
    this.state = this.meter.aggregation.empty();
  }

  reach(slice: UsageSlice): UsageSlice {
    return reachOf(this.meter.meter, slice);
  }

  add(slice: UsageSlice, { record, place }: FoundRecord): void {
    if (record.timestamp < this.reach(slice).from || !this.meter.matches(record)) return;
    const observation = observationAt(place);
    if (this.meter.observe(record, observation) !== null) return;
    this.state = addToWindow(this.meter.aggregation, this.state, observation, slice.from);
    this.eventsCount += 1;
  }

  usage(): ComparedUsage {
    const { meter, aggregation } = this.meter;
    return {
      version: meter.version,
      value: unitsOf(meter, aggregation, this.state, weightingOf(this.window)),
      eventsCount: this.eventsCount,
    };
  }
}
