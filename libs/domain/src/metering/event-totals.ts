import type { Decimal } from '../kernel/decimal.js';
import type { AggregationState } from './aggregation.js';
import { meterAggregation } from './counted-versions.js';
import { addLanes, digestText, NO_LANES, type Lanes } from './digest.js';
import { compileMeter } from './matching.js';
import type { Meter } from './meter.js';
import type { MeteredEvent } from './metered-event.js';
import type { UsageRequest, UsageTotal, UsageWeighting } from './usage-slice.js';
import { addToWindow, unitsOf } from './counted-window.js';

/** The records of one group and what they come to. */
export interface GroupedEvents {
  readonly total: UsageTotal;
  /** In the order in which they came in. */
  readonly events: readonly MeteredEvent[];
}

/**
 * Totals of records by group, as buckets would give them: without `groupBy` exactly one. The records have the properties that
 * `groupBy` names.
 */
export function totalsOfEvents(
  request: Pick<UsageRequest, 'meter' | 'groupBy' | 'regroup'> & {
    readonly weighting: UsageWeighting;
  },
  events: readonly MeteredEvent[],
): GroupedEvents[] {
  const { meter, groupBy = [], regroup } = request;
  const compiled = compileMeter({ ...meter, groupBy });
  const groups = new Map<string, MeteredEvent[]>();
  if (groupBy.length === 0) groups.set('{}', []);
  for (const event of events) {
    const values = compiled.dimensions(event);
    const group = Object.fromEntries(groupBy.map((key, i) => [key, values[i] ?? null]));
    const name = JSON.stringify(regroup?.(group) ?? group);
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [event]);
    else known.push(event);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, ofGroup]) => ({
      total: {
        group: JSON.parse(name) as UsageTotal['group'],
        ...totalOf(meter, ofGroup, request.weighting),
      },
      events: ofGroup,
    }));
}

function totalOf(
  meter: Meter,
  events: readonly MeteredEvent[],
  weighting: UsageWeighting,
): Omit<UsageTotal, 'group'> {
  const aggregation = meterAggregation(meter);
  let state = aggregation.empty();
  let lanes: Lanes = NO_LANES;
  for (const event of events) {
    state = addToWindow(aggregation, state, event, event.windowFrom);
    lanes = addLanes(lanes, event.lanes);
  }
  return {
    value: unitsOf(meter, aggregation, state, weighting),
    eventsCount: events.length,
    digest: digestText(lanes),
  };
}

/** By how much each record changes the aggregated value, in the order given; `before` have been counted already. */
export function unitsOfEvents(
  meter: Meter,
  before: readonly MeteredEvent[],
  events: readonly MeteredEvent[],
): { readonly carried: Decimal; readonly units: Decimal[] } {
  const aggregation = meterAggregation(meter);
  let state: AggregationState = aggregation.empty();
  for (const event of before) state = aggregation.add(state, event);
  const carried = aggregation.value(state);
  let value = carried;
  const units = events.map((event) => {
    state = aggregation.add(state, event);
    const next = aggregation.value(state);
    const change = next.minus(value);
    value = next;
    return change;
  });
  return { carried, units };
}
