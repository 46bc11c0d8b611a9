import type { Aggregation } from '../aggregation.js';
import { compactNumber, refusesNumber, toDecimal, type CompactNumber } from '../compact-number.js';

/** Timestamp, position and index of the record that goes furthest in time so far, and its value; null before the first. */
export type ByTime = [number, number, number, CompactNumber] | null;

/**
 * What the latest and the first have in common: they go by the record's own time; where that is equal, by the place in the log, which
 * no two records share. `direction` is 1 for the latest, -1 for the first.
 */
export function byTime(
  direction: 1 | -1,
): Omit<Aggregation<ByTime>, 'code' | 'title' | 'description'> {
  const further = (a: ByTime, b: ByTime): ByTime => {
    if (a === null || b === null) return a ?? b;
    return direction * (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) >= 0 ? a : b;
  };
  return {
    needs: 'number',
    refuses: refusesNumber,
    empty: () => null,
    add: (state, { value, timestamp, position, index }) =>
      further(state, [timestamp, position, index, compactNumber(value)]),
    merge: further,
    value: (state) => toDecimal(state?.[3] ?? 0),
  };
}
