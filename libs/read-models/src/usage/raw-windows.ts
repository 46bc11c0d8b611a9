import {
  meterAggregation,
  compileMeter,
  RuleBroken,
  unitsOf,
  weightingOf,
  type Aggregation,
  type MeteredEvent,
  type UsageSlice,
  type UsageTotal,
} from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { digestText, emptyHour, mergeHour, type HourState } from './hour-state.js';
import { eachMeteredEvent } from './metered-events.js';
import type { RecordFinder } from './record-finder.js';
import { patternsOf, type WindowsRequest } from './window-series.js';

/** Customers and subscriptions whose records one answer looks through where none is named. */
export const RAW_SUBJECTS_MAX = 1_000;

/** Groups times windows that one answer holds at a time. */
export const RAW_TOTALS_MAX = 200_000;

/** Index of the records before the first window, which recurring meters carry into all. */
const BEFORE = -1;

export interface RawReading {
  readonly sql: SqlClient;
  readonly schema: string;
  readonly finder: RecordFinder;
  /** How many the projection has. */
  readonly shards: number;
}

/**
 * Answers windows from the records themselves: by any property, and of any length. The windows follow each other without overlap, and all
 * ask for the same ids. Throws RuleBroken `too_many_subjects`, `too_many_events`, `too_many_totals`.
 */
export async function readRawWindows(
  reading: RawReading,
  request: WindowsRequest,
): Promise<readonly (readonly UsageTotal[])[]> {
  const states = new RawStates(request);
  const slices = await subjectSlices(reading, request);
  const { tenant, meter, filter, groupBy } = request;
  const events = eachMeteredEvent(
    reading.sql,
    reading.finder,
    { tenant, meter, filter, slices, properties: groupBy },
    reading.shards,
  );
  for await (const event of events) states.add(event);
  return states.totals();
}

/** Slices over the whole time that each name a customer or a subscription, and together are what the windows ask for. */
async function subjectSlices(reading: RawReading, request: WindowsRequest): Promise<UsageSlice[]> {
  const slices: UsageSlice[] = [];
  for (const pattern of patternsOf(request.windows.flat())) {
    const named = [pattern.customerId, pattern.subscriptionId].some((id) => typeof id === 'string');
    if (named) slices.push(pattern);
    else slices.push(...(await slicesOfAll(reading, request, pattern)));
  }
  return slices;
}

/** A record is found by its customer, and by its subscription where it names no customer. */
async function slicesOfAll(
  { sql, schema }: RawReading,
  { tenant, meter }: WindowsRequest,
  pattern: UsageSlice,
): Promise<UsageSlice[]> {
  const { rows } = await sql.query<{ customer: string | null; subscription: string | null }>(
    `SELECT DISTINCT customer, CASE WHEN customer IS NULL THEN subscription END AS subscription
       FROM ${schema}.series WHERE tenant = $1 AND code = $2 LIMIT $3`,
    [tenant, meter.eventCode, RAW_SUBJECTS_MAX + 1],
  );
  if (rows.length > RAW_SUBJECTS_MAX) throw tooManySubjects(meter.code);
  return rows.map(({ customer, subscription }) =>
    customer === null
      ? { ...pattern, customerId: null, subscriptionId: subscription }
      : { ...pattern, customerId: customer },
  );
}

/** The states of all groups, window by window. */
class RawStates {
  private readonly aggregation: Aggregation;
  private readonly starts: readonly number[];
  private readonly dimensions: (event: MeteredEvent) => readonly (string | null)[];
  private readonly byGroup = new Map<string, Map<number, HourState>>();
  private count = 0;

  constructor(private readonly request: WindowsRequest) {
    const { meter, groupBy = [] } = request;
    this.aggregation = meterAggregation(meter);
    const compiled = compileMeter({ ...meter, groupBy });
    this.dimensions = compiled.dimensions;
    this.starts = request.windows.map((slices) => Math.min(...slices.map(({ from }) => from)));
    if (groupBy.length === 0) this.byGroup.set('{}', new Map());
  }

  add(event: MeteredEvent): void {
    const name = JSON.stringify(this.groupOf(event));
    const windows = this.byGroup.get(name) ?? new Map<number, HourState>();
    this.byGroup.set(name, windows);
    const index = this.windowOf(event.timestamp);
    const known = windows.get(index);
    if (known === undefined && this.count === RAW_TOTALS_MAX) throw tooManyTotals();
    if (known === undefined) this.count += 1;
    const into = known ?? emptyHour(this.aggregation);
    windows.set(index, into);
    into.state = this.aggregation.add(into.state, event);
    into.records += 1;
    into.digest0 = (into.digest0 + event.lanes[0]) | 0;
    into.digest1 = (into.digest1 + event.lanes[1]) | 0;
    into.digest2 = (into.digest2 + event.lanes[2]) | 0;
    into.digest3 = (into.digest3 + event.lanes[3]) | 0;
  }

  totals(): readonly (readonly UsageTotal[])[] {
    const groups = [...this.byGroup].sort(([a], [b]) => (a < b ? -1 : 1));
    const answers: UsageTotal[][] = this.request.windows.map(() => []);
    for (const [name, windows] of groups) {
      const group = JSON.parse(name) as UsageTotal['group'];
      const before = windows.get(BEFORE) ?? emptyHour(this.aggregation);
      for (const [index, slices] of this.request.windows.entries()) {
        const state = this.stateIn(slices, before, windows.get(index));
        if (state.records === 0 && name !== '{}') continue;
        answers[index]!.push(this.total(group, state, slices));
      }
    }
    return answers;
  }

  /** What counts in a window. Of a recurring meter it is then added to `before`, for the windows that follow. */
  private stateIn(
    slices: readonly UsageSlice[],
    before: HourState,
    own: HourState = emptyHour(this.aggregation),
  ): HourState {
    if (this.request.meter.recurring !== true) return own;
    const { carry } = this.aggregation;
    const from = Math.min(...slices.map((slice) => slice.from));
    const state = carry === undefined ? before.state : carry(before.state, from);
    const counted = { ...before, state };
    mergeHour(this.aggregation, counted, own);
    mergeHour(this.aggregation, before, own);
    return counted;
  }

  private total(
    group: UsageTotal['group'],
    state: HourState,
    slices: readonly UsageSlice[],
  ): UsageTotal {
    const { meter } = this.request;
    return {
      group,
      value: unitsOf(
        meter,
        this.aggregation,
        state.state,
        weightingOf({ ...this.request, slices }),
      ),
      eventsCount: state.records,
      digest: digestText(state),
    };
  }

  private groupOf(event: MeteredEvent): UsageTotal['group'] {
    const { groupBy = [], regroup } = this.request;
    const values = this.dimensions(event);
    const group = Object.fromEntries(groupBy.map((key, i) => [key, values[i] ?? null]));
    return regroup?.(group) ?? group;
  }

  /** The last window that starts at or before a time; BEFORE where none does. */
  private windowOf(timestamp: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle]! <= timestamp) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const tooManySubjects = (meter: string): RuleBroken =>
  new RuleBroken(
    'too_many_subjects',
    `Meter ${meter} has records of more than ${RAW_SUBJECTS_MAX} customers and subscriptions. What is not among its group-by keys, and minutes, are read from the records: name a customer_id or a subscription_id.`,
  );

const tooManyTotals = (): RuleBroken =>
  new RuleBroken(
    'too_many_totals',
    `There are more than ${RAW_TOTALS_MAX} groups times windows; shorten the period, take a longer window or fewer group_by.`,
  );
