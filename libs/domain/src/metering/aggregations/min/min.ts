import { defineAggregation } from '../../aggregation.js';
import { extreme, type Extreme } from '../extreme.js';

export const min = defineAggregation<Extreme>({
  ...extreme(-1),
  code: 'min',
  title: 'Minimum',
  description: 'The smallest value of a numeric property; 0 when there is no record.',
});
