import { Type } from '@sinclair/typebox';
import type { ChargeModel } from '../../charge-model.js';
import { proratedUnits } from '../../prorated-units.js';
import { decimalOf, decimalProperty } from '../decimal-property.js';
import { priceOf, unitStep } from '../price-of.js';

export const standard: ChargeModel = {
  code: 'standard',
  title: 'Standard',
  description: 'Every unit has the same price.',
  properties: Type.Object(
    { amount: decimalProperty('Price of one unit in major units.') },
    { additionalProperties: false },
  ),
  example: { amount: '0.05' },
  check: () => [],
  price: ({ units }, properties) =>
    priceOf([unitStep('units', units, decimalOf(properties['amount']))]),
  proratedInAdvance: true,
  prorated: (usage, properties) =>
    priceOf([unitStep('prorated units', proratedUnits(usage), decimalOf(properties['amount']))]),
};
