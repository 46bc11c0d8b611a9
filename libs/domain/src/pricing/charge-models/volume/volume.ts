import { Type } from '@sinclair/typebox';
import type { ChargeModel } from '../../charge-model.js';
import { priceOf } from '../price-of.js';
import {
  checkPriceRanges,
  priceRangesOf,
  priceRangesProperty,
  rangeStep,
} from '../price-ranges.js';

const RANGES = 'volume_ranges';

/** No units lie in the first range, so its flat amount is due without usage too. */
export const volume: ChargeModel = {
  code: 'volume',
  title: 'Volume',
  description: 'The range that the total falls in prices all units, and adds its flat amount.',
  properties: Type.Object(
    { [RANGES]: priceRangesProperty('Ranges of the total, each with the price of every unit.') },
    { additionalProperties: false },
  ),
  check: (properties) => checkPriceRanges(properties, RANGES),
  price: ({ units }, properties) =>
    priceOf(
      priceRangesOf(properties, RANGES)
        .filter(({ upTo }) => upTo === null || units.lte(upTo))
        .slice(0, 1)
        .map((range) => rangeStep(range, units)),
    ),
};
