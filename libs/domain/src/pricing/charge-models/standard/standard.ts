import { Type } from '@sinclair/typebox';
import { ZERO } from '../../../kernel/decimal.js';
import type { ChargeModel } from '../../charge-model.js';
import { decimalOf, decimalProperty } from '../decimal-property.js';
import { priceOf } from '../price-of.js';

export const standard: ChargeModel = {
  code: 'standard',
  title: 'Standard',
  description: 'Every unit has the same price.',
  properties: Type.Object(
    { amount: decimalProperty('Price of one unit in major units.') },
    { additionalProperties: false },
  ),
  check: () => [],
  price: ({ units }, properties) => {
    const unitAmount = decimalOf(properties['amount']);
    const amount = units.times(unitAmount);
    return priceOf([{ label: 'units', units, unitAmount, flatAmount: ZERO, amount }]);
  },
};
