import { Type } from '@sinclair/typebox';
import { decimalOf, positiveDecimalProperty } from '../../charge-models/decimal-property.js';
import type { AdjustmentType } from '../adjustment.js';

/** Due by the day in a partial period, and only once the period is over. */
export const minimum: AdjustmentType = {
  code: 'minimum',
  title: 'Minimum',
  description: 'Trues up to the least that a period costs; by the day in a partial period.',
  properties: Type.Object(
    { amount: positiveDecimalProperty('Least that a full period costs, in major units.') },
    { additionalProperties: false },
  ),
  example: { amount: '50.00' },
  check: () => [],
  adjust: (amount, properties, { closesPeriod, days, fullDays }) => {
    if (!closesPeriod) return amount;
    const least = decimalOf(properties['amount']).times(days).div(fullDays);
    return amount.lt(least) ? least : amount;
  },
};
