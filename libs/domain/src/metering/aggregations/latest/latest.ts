import { defineAggregation } from '../../aggregation.js';
import {
  compactNumber,
  refusesNumber,
  toDecimal,
  type CompactNumber,
} from '../../compact-number.js';

/** Timestamp, position and index of the record that is latest so far, and its value; null before the first. */
type Latest = [number, number, number, CompactNumber] | null;

/** By the record's own time; where that is equal, by the place in the log, which no two records share. */
export const latest = defineAggregation<Latest>({
  code: 'latest',
  title: 'Latest',
  description:
    'The value of a numeric property in the record with the latest timestamp; 0 when there is none.',
  needs: 'number',
  refuses: refusesNumber,
  empty: () => null,
  add: (state, { value, timestamp, position, index }) =>
    later(state, [timestamp, position, index, compactNumber(value)]),
  merge: later,
  value: (state) => toDecimal(state?.[3] ?? 0),
});

function later(a: Latest, b: Latest): Latest {
  if (a === null || b === null) return a ?? b;
  return (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) >= 0 ? a : b;
}
