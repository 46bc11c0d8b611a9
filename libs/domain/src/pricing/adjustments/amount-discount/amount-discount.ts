import { Type } from '@sinclair/typebox';
import { ZERO } from '../../../kernel/decimal.js';
import { decimalOf, positiveDecimalProperty } from '../../charge-models/decimal-property.js';
import type { AdjustmentType } from '../adjustment.js';

/** What is not used up is lost. In a partial period it is the same amount. */
export const amountDiscount: AdjustmentType = {
  code: 'amount_discount',
  title: 'Amount discount',
  description: 'Takes an amount off in each period, as far as there is something to take it from.',
  properties: Type.Object(
    { amount: positiveDecimalProperty('What is taken off, in major units.') },
    { additionalProperties: false },
  ),
  example: { amount: '5.00' },
  check: () => [],
  adjust: (amount, properties) => {
    const left = amount.minus(decimalOf(properties['amount']));
    return left.lt(0) ? ZERO : left;
  },
};
