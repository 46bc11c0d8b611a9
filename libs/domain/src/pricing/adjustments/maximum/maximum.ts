import { Type } from '@sinclair/typebox';
import { decimalOf, decimalProperty } from '../../charge-models/decimal-property.js';
import type { AdjustmentType } from '../adjustment.js';

/** In a partial period it is the same amount: who pays for a few days never pays more for it. */
export const maximum: AdjustmentType = {
  code: 'maximum',
  title: 'Maximum',
  description: 'Caps what a period costs.',
  properties: Type.Object(
    { amount: decimalProperty('Most that a period costs, in major units.') },
    { additionalProperties: false },
  ),
  example: { amount: '500.00' },
  check: () => [],
  adjust: (amount, properties) => {
    const most = decimalOf(properties['amount']);
    return amount.gt(most) ? most : amount;
  },
};
