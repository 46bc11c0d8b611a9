import { ZERO } from '../../../kernel/decimal.js';
import { defineAggregation } from '../../aggregation.js';
import {
  addCompact,
  compactNumber,
  multiplyCompact,
  refusesNumber,
  toDecimal,
  type CompactNumber,
} from '../../compact-number.js';

/** The running value, and the sum of each change times its instant in milliseconds. */
type Weighted = [sum: CompactNumber, moment: CompactNumber];

/**
 * A change at `t` counts for the rest of the window, so a window that ends at `to` holds Σ change × (to − t) = to × sum − moment: two sums,
 * which take late records in any order. The length of the full period turns that into a quantity: a value that is there all the
 * time counts once.
 */
export const weightedSum = defineAggregation<Weighted>({
  code: 'weighted_sum',
  title: 'Weighted sum',
  description:
    'The running sum of a numeric property, weighted by the share of the billing period that each value of it lasted.',
  needs: 'number',
  carriesOver: true,
  refuses: refusesNumber,
  empty: () => [0, 0],
  add: (state, { value, timestamp }) => {
    const change = compactNumber(value);
    return [addCompact(state[0], change), addCompact(state[1], multiplyCompact(change, timestamp))];
  },
  merge: (a, b) => [addCompact(a[0], b[0]), addCompact(a[1], b[1])],
  carry: ([sum], to) => [sum, multiplyCompact(sum, to)],
  value: ([sum]) => toDecimal(sum),
  weighted: ([sum, moment], { period, full }) => {
    const length = full.to - full.from;
    if (length <= 0) return ZERO;
    return toDecimal(sum).times(period.to).minus(toDecimal(moment)).div(length);
  },
});
