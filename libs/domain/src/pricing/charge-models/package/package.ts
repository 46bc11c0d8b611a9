import { Type } from '@sinclair/typebox';
import { Decimal } from '../../../kernel/decimal.js';
import type { ChargeModel } from '../../charge-model.js';
import { decimalOf, decimalProperty, positiveDecimalProperty } from '../decimal-property.js';
import { priceOf, unitStep } from '../price-of.js';

export const packageModel: ChargeModel = {
  code: 'package',
  title: 'Package',
  description:
    'Units are sold in packages; a package is due from its first unit, after the free units.',
  properties: Type.Object(
    {
      amount: decimalProperty('Price of one package in major units.'),
      package_size: positiveDecimalProperty('Units in one package.'),
      free_units: Type.Optional(decimalProperty('Units that cost nothing; 0 when absent.')),
    },
    { additionalProperties: false },
  ),
  example: { amount: '15', package_size: '10', free_units: '5' },
  check: () => [],
  price: ({ units }, properties) => {
    const paid = units.minus(decimalOf(properties['free_units']));
    if (paid.lte(0)) return priceOf([]);
    const unitAmount = decimalOf(properties['amount']);
    const packages = packagesFor(paid, decimalOf(properties['package_size']));
    return priceOf([unitStep('packages', packages, unitAmount)]);
  },
};

/** The fewest packages that hold the units. Multiplying back corrects a quotient whose tail was cut off. */
function packagesFor(units: Decimal, size: Decimal): Decimal {
  const whole = units.div(size).round(0, Decimal.roundDown);
  return whole.times(size).lt(units) ? whole.plus(1) : whole;
}
