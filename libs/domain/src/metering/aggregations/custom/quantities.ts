import { defineAggregation, type Aggregation } from '../../aggregation.js';
import {
  addCompact,
  compactNumber,
  multiplyCompact,
  refusesNumber,
  toDecimal,
  type CompactNumber,
} from '../../compact-number.js';
import { byTime, type ByTime } from '../by-time.js';
import { count } from '../count/count.js';
import { latest } from '../latest/latest.js';
import { max } from '../max/max.js';
import { min } from '../min/min.js';
import { sum } from '../sum/sum.js';
import { uniqueCount } from '../unique-count/unique-count.js';

const first = defineAggregation<ByTime>({
  ...byTime(-1),
  code: 'first',
  title: 'First',
  description: 'The value in the record with the earliest timestamp.',
});

const sumOfSquares = defineAggregation<CompactNumber>({
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

/** What a formula can be about, by name. Each is a mergeable state, and so is any list of them. */
export const quantities: ReadonlyMap<string, Aggregation> = new Map(
  [count, sum, min, max, first, latest, sumOfSquares, uniqueCount].map((one) => [one.code, one]),
);
