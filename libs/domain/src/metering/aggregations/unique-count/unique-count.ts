import { decimal } from '../../../kernel/decimal.js';
import { defineAggregation } from '../../aggregation.js';
import { textOf } from '../../property-text.js';

/** Each distinct value once, in the order of their UTF-16 code units. An object, so that removals can stand beside them. */
type Distinct = { values: string[] };

export const uniqueCount = defineAggregation<Distinct>({
  code: 'unique_count',
  title: 'Unique count',
  description:
    'The number of distinct values of a property; the number 1 and the text "1" are one value.',
  needsField: true,
  refuses: ({ value }) => {
    if (value === undefined || value === null) return 'missing_field';
    return textOf(value) === null ? 'not_a_scalar' : null;
  },
  empty: () => ({ values: [] }),
  add: (state, { value }) => {
    insert(state.values, textOf(value) as string);
    return state;
  },
  merge: (a, b) => ({ values: union(a.values, b.values) }),
  value: (state) => decimal(state.values.length),
});

/** Keeps `sorted` sorted. Values that come in order, as many ids do, are appended without a search. */
function insert(sorted: string[], value: string): void {
  const last = sorted.at(-1);
  if (last === undefined || last < value) {
    sorted.push(value);
    return;
  }
  const place = placeOf(sorted, value);
  if (sorted[place] !== value) sorted.splice(place, 0, value);
}

/** Index of the first element that is not below `value`; the last element is known not to be. */
function placeOf(sorted: readonly string[], value: string): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function union(a: readonly string[], b: readonly string[]): string[] {
  const merged: string[] = [];
  let j = 0;
  for (const value of a) {
    while (j < b.length && (b[j] as string) < value) merged.push(b[j++] as string);
    if (b[j] === value) j += 1;
    merged.push(value);
  }
  while (j < b.length) merged.push(b[j++] as string);
  return merged;
}
