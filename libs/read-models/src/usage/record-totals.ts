import {
  compileMeter,
  findAggregation,
  roundQuantity,
  type MeteredEvent,
  type UsageRequest,
  type UsageTotal,
} from '@odometer/domain';
import { digestText, emptyHour, type HourState } from './hour-state.js';

/** Whether a request asks for properties that the meter's buckets are not kept apart by. */
export function asksBeyondBuckets({
  meter,
  groupBy,
  filter,
}: Pick<UsageRequest, 'meter' | 'groupBy' | 'filter'>): boolean {
  return [...(groupBy ?? []), ...Object.keys(filter ?? {})].some(
    (key) => !meter.groupBy.includes(key),
  );
}

/** Totals of records by the request's groups, as buckets would give them. `events` have the properties of `groupBy`. */
export function totalsOfEvents(
  request: Omit<UsageRequest, 'slices'>,
  events: readonly MeteredEvent[],
): UsageTotal[] {
  const { meter, groupBy = [], regroup } = request;
  const aggregation = findAggregation(meter.aggregation.type)!;
  const compiled = compileMeter({ ...meter, groupBy });
  const groups = new Map<string, HourState>();
  if (groupBy.length === 0) groups.set('{}', emptyHour(aggregation));
  for (const event of events) {
    const values = compiled.dimensions({ code: meter.eventCode, properties: event.properties });
    const group = Object.fromEntries(groupBy.map((key, i) => [key, values[i] ?? null]));
    const name = JSON.stringify(regroup?.(group) ?? group);
    const into = groups.get(name) ?? emptyHour(aggregation);
    groups.set(name, into);
    into.records += 1;
    into.state = aggregation.add(into.state, event);
    into.digest0 = (into.digest0 + event.lanes[0]) | 0;
    into.digest1 = (into.digest1 + event.lanes[1]) | 0;
    into.digest2 = (into.digest2 + event.lanes[2]) | 0;
    into.digest3 = (into.digest3 + event.lanes[3]) | 0;
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, state]) => ({
      group: JSON.parse(name) as UsageTotal['group'],
      value: roundQuantity(aggregation.value(state.state), meter.rounding),
      eventsCount: state.records,
      digest: digestText(state),
    }));
}
