import { ZERO } from '../../../kernel/decimal.js';
import { defineAggregation } from '../../aggregation.js';
import {
  addCompact,
  compactNumber,
  refusesNumber,
  toDecimal,
  type CompactNumber,
} from '../../compact-number.js';

/** Negative values take away; a total below zero is priced as 0, but kept as it is. */
export const sum = defineAggregation<CompactNumber>({
  code: 'sum',
  title: 'Sum',
  description: 'The exact sum of a numeric property.',
  needs: 'number',
  adds: 'value',
  payableInAdvance: true,
  grows: true,
  carriesOver: true,
  refuses: refusesNumber,
  empty: () => 0,
  add: (state, { value }) => addCompact(state, compactNumber(value)),
  addWhole: (state, numbers) => addCompact(state, compactNumber(numbers.sum)),
  merge: addCompact,
  value: toDecimal,
  dailyChanges: (before, within, dayOf) => ({
    carried: before.reduce((total, { value }) => total.plus(toDecimal(compactNumber(value))), ZERO),
    changes: within.map(({ value, timestamp }) => ({
      units: toDecimal(compactNumber(value)),
      day: dayOf(timestamp),
    })),
  }),
});
