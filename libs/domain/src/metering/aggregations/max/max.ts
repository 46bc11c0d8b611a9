import { defineAggregation } from '../../aggregation.js';
import { extreme, type Extreme } from '../extreme.js';

export const max = defineAggregation<Extreme>({
  ...extreme(1),
  code: 'max',
  title: 'Maximum',
  description: 'The largest value of a numeric property; 0 when there is no record.',
});
