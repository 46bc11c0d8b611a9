import { Type } from '@sinclair/typebox';
import type { Decimal } from '../../../kernel/decimal.js';
import type { ChargeModel } from '../../charge-model.js';
import { priceOf } from '../price-of.js';
import {
  checkPriceRanges,
  priceRangesOf,
  priceRangesProperty,
  rangeStep,
  type PriceRange,
} from '../price-ranges.js';

const RANGES = 'graduated_ranges';

/** The first range counts as entered even with no units, so its flat amount is always due. */
export const graduated: ChargeModel = {
  code: 'graduated',
  title: 'Graduated',
  description:
    'Each unit is priced by the range it falls in; a range that is entered adds its flat amount.',
  properties: Type.Object(
    { [RANGES]: priceRangesProperty('Ranges of units, each with its own price.') },
    { additionalProperties: false },
  ),
  check: (properties) => checkPriceRanges(properties, RANGES),
  price: ({ units }, properties) =>
    priceOf(
      priceRangesOf(properties, RANGES)
        .filter(({ above }) => above.eq(0) || units.gt(above))
        .map((range) => rangeStep(range, sliceOf(range, units))),
    ),
};

function sliceOf({ above, upTo }: PriceRange, units: Decimal): Decimal {
  const end = upTo !== null && units.gt(upTo) ? upTo : units;
  return end.minus(above);
}
