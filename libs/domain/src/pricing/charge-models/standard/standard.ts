import { Type } from '@sinclair/typebox';
import { ZERO, type Decimal } from '../../../kernel/decimal.js';
import type { JsonObject } from '../../../kernel/json.js';
import type { ChargeModel, PriceStep } from '../../charge-model.js';
import { proratedUnits } from '../../prorated-units.js';
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
  price: ({ units }, properties) => priceOf([unitsStep('units', units, properties)]),
  proratedInAdvance: true,
  prorated: (usage, properties) =>
    priceOf([unitsStep('prorated units', proratedUnits(usage), properties)]),
};

function unitsStep(label: string, units: Decimal, properties: JsonObject): PriceStep {
  const unitAmount = decimalOf(properties['amount']);
  return { label, units, unitAmount, flatAmount: ZERO, amount: units.times(unitAmount) };
}
