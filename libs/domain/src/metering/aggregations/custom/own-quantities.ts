import { defineAggregation } from '../../aggregation.js';
import {
  addCompact,
  compactNumber,
  multiplyCompact,
  refusesNumber,
  toDecimal,
  type CompactNumber,
} from '../../compact-number.js';
import { byTime, type ByTime } from '../by-time.js';

/** What formulas may be about, too; no meter counts by these alone. */
export const first = defineAggregation<ByTime>({
  ...byTime(-1),
  code: 'first',
  title: 'First',
  description: 'The value in the record with the earliest timestamp.',
});

export const sumOfSquares = defineAggregation<CompactNumber>({
  code: 'sum_of_squares',
  title: 'Sum of squares',
  description: 'The exact sum of the squares of the values.',
  needs: 'number',
  refuses: refusesNumber,
  empty: () => 0,
  add: (state, { value }) => {
    const number = compactNumber(value);
    return addCompact(state, multiplyCompact(number, number));
  },
  merge: addCompact,
  value: toDecimal,
});
