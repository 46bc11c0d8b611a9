import { Type } from '@sinclair/typebox';
import { decimalOf, decimalProperty, rateOf } from '../../charge-models/decimal-property.js';
import type { AdjustmentType } from '../adjustment.js';

const WHOLE_PERCENT = 100;

export const percentageDiscount: AdjustmentType = {
  code: 'percentage_discount',
  title: 'Percentage discount',
  description: 'Takes a percentage off.',
  properties: Type.Object(
    { rate: decimalProperty('Percent that is taken off, at most 100: "12.5" is 12.5 %.') },
    { additionalProperties: false },
  ),
  example: { rate: '10' },
  check: (properties) => {
    if (decimalOf(properties['rate']).lte(WHOLE_PERCENT)) return [];
    return [{ pointer: '/rate', code: 'out_of_range', detail: 'Must be at most 100.' }];
  },
  adjust: (amount, properties) => amount.minus(amount.times(rateOf(properties['rate']))),
};
