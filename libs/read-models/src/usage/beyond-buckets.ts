import type { UsageRequest } from '@odometer/domain';

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
