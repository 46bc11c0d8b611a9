import { ZERO } from '../../../kernel/decimal.js';
import { defineAggregation } from '../../aggregation.js';
import {
  addCompact,
  compactNumber,
  refusesNumber,
  toDecimal,
  type CompactNumber,
} from '../../compact-number.js';

type Parts = [count: number, sum: CompactNumber];

/** Kept as its two exact parts; the one division, when a window is read, is carried to the 40 places of `Decimal`. */
export const average = defineAggregation<Parts>({
  code: 'average',
  title: 'Average',
  description:
    'The sum of a numeric property divided by the number of records, to 40 decimal places; 0 when there is no record.',
  needs: 'number',
  refuses: refusesNumber,
  empty: () => [0, 0],
  add: ([count, sum], { value }) => [count + 1, addCompact(sum, compactNumber(value))],
  addWhole: ([count, sum], numbers) => [
    count + numbers.count,
    addCompact(sum, compactNumber(numbers.sum)),
  ],
  merge: (a, b) => [a[0] + b[0], addCompact(a[1], b[1])],
  value: ([count, sum]) => (count === 0 ? ZERO : toDecimal(sum).div(count)),
});
