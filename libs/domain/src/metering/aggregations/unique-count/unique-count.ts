import { decimal } from '../../../kernel/decimal.js';
import { defineAggregation, type Observation } from '../../aggregation.js';
import { dailyPresence } from './daily-presence.js';
import { textOf } from '../../property-text.js';

/**
 * Each distinct value once, in the order of their UTF-16 code units, and three numbers for each in `last`: its latest operation as
 * timestamp, position in the log, and twice the index in the segment, plus 1 where it removes.
 */
type Distinct = { values: string[]; last: number[] };

const NUMBERS_PER_VALUE = 3;

/**
 * A value is in when its latest operation, by time and then by place in the log, adds it. So repeated operations change nothing, nor does a
 * removal of what was never there, and late operations find their place.
 */
export const uniqueCount = defineAggregation<Distinct>({
  code: 'unique_count',
  title: 'Unique count',
  description:
    'The number of distinct values of a property; the number 1 and the text "1" are one value. A record whose property `operation_type` is "remove" takes its value out again.',
  needs: 'text',
  payableInAdvance: true,
  carriesOver: true,
  readsOperation: true,
  refuses: ({ value, operation }) => {
    if (value === undefined || value === null) return 'missing_field';
    if (textOf(value) === null) return 'not_a_scalar';
    const known = operation == null || operation === 'add' || operation === 'remove';
    return known ? null : 'unknown_operation';
  },
  empty: () => ({ values: [], last: [] }),
  add: (state, observation) => {
    const { values, last } = state;
    const value = textOf(observation.value) as string;
    const place = placeOf(values, value);
    const operation = operationOf(observation);
    const at = place * NUMBERS_PER_VALUE;
    if (values[place] !== value) {
      values.splice(place, 0, value);
      last.splice(at, 0, ...operation);
    } else if (order(operation, 0, last, at) > 0) {
      last.splice(at, NUMBERS_PER_VALUE, ...operation);
    }
    return state;
  },
  merge,
  value: ({ last }) => {
    let active = 0;
    for (let at = NUMBERS_PER_VALUE - 1; at < last.length; at += NUMBERS_PER_VALUE) {
      if ((last[at] as number) % 2 === 0) active += 1;
    }
    return decimal(active);
  },
  dailyChanges: dailyPresence,
});

const operationOf = ({ timestamp, position, index, operation }: Observation): number[] => [
  timestamp,
  position,
  index * 2 + (operation === 'remove' ? 1 : 0),
];

/** Above 0 when the operation at `i` of `a` is later than the one at `j` of `b`. */
const order = (a: readonly number[], i: number, b: readonly number[], j: number): number =>
  (a[i] as number) - (b[j] as number) ||
  (a[i + 1] as number) - (b[j + 1] as number) ||
  (a[i + 2] as number) - (b[j + 2] as number);

/** Index of the first element that is not below `value`. Values that come in order, as many ids do, need no search. */
function placeOf(sorted: readonly string[], value: string): number {
  let high = sorted.length;
  if (high === 0 || (sorted[high - 1] as string) < value) return high;
  let low = 0;
  high -= 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merge(a: Distinct, b: Distinct): Distinct {
  const merged: Distinct = { values: [], last: [] };
  let j = 0;
  a.values.forEach((value, i) => {
    while (j < b.values.length && (b.values[j] as string) < value) take(merged, b, j++);
    const both = b.values[j] === value;
    const at = NUMBERS_PER_VALUE;
    if (both && order(b.last, j * at, a.last, i * at) > 0) take(merged, b, j);
    else take(merged, a, i);
    if (both) j += 1;
  });
  while (j < b.values.length) take(merged, b, j++);
  return merged;
}

/** Appends the value at `place` of `from`, with its operation. */
function take(into: Distinct, from: Distinct, place: number): void {
  const at = place * NUMBERS_PER_VALUE;
  into.values.push(from.values[place] as string);
  into.last.push(from.last[at] as number, from.last[at + 1] as number, from.last[at + 2] as number);
}
