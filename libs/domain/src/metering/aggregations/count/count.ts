import { decimal } from '../../../kernel/decimal.js';
import { defineAggregation } from '../../aggregation.js';

export const count = defineAggregation<number>({
  code: 'count',
  title: 'Count',
  description: 'The number of records.',
  adds: 'one',
  payableInAdvance: true,
  grows: true,
  refuses: () => null,
  empty: () => 0,
  add: (state) => state + 1,
  addWhole: (state, { count: records }) => state + records,
  merge: (a, b) => a + b,
  value: (state) => decimal(state),
});
