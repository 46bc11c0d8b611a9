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
  const comparison = new Comparison(sql, finder, request);
  const windows: MeterComparison['windows'][number][] = [];
  for (const window of request.windows) {
    const before = new WindowCount(request.before, window);
    const after = new WindowCount(request.after, window);
    if (!(await comparison.count(window, [before, after]))) return null;
    windows.push({ before: before.usage(), after: after.usage() });
  }
  return { windows, records: comparison.records };
}

class Comparison {
  records = 0;

  constructor(
    private readonly sql: SqlClient,
    private readonly finder: RecordFinder,
    private readonly request: ComparisonRequest,
  ) {}

  /** False when there are more records than may be looked at. */
  async count({ slices }: ComparedWindow, sides: readonly WindowCount[]): Promise<boolean> {
    for (const slice of slices) {
      const range: SubjectRange = {
        tenant: this.request.tenant,
        subject: subjectOfSlice(slice),
        from: Math.min(...sides.map((side) => side.reach(slice).from)),
        to: slice.to,
      };
      this.records += await this.finder.countOfSubject(this.sql, range);
      if (this.records > this.request.recordsMax) return false;
      await this.countSlice(slice, range, sides);
    }
    return true;
  }

  private async countSlice(
    slice: UsageSlice,
    range: SubjectRange,
    sides: readonly WindowCount[],
  ): Promise<void> {
    const places = await this.finder.placesOfSubject(this.sql, range);
    for (let at = 0; at < places.length; at += RECORDS_PER_READ) {
      const found = await this.finder.at(this.sql, places.slice(at, at + RECORDS_PER_READ));
      for (const one of found) {
        if (one.status !== 'accepted' || !isOfSlice(one.record, slice)) continue;
        for (const side of sides) side.add(slice, one);
      }
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
