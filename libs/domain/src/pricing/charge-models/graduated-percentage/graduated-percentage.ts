import { Type } from '@sinclair/typebox';
import type { ChargeModel } from '../../charge-model.js';
import { decimalProperty, rateOf } from '../decimal-property.js';
import {
  checkPriceRanges,
  priceBySlices,
  priceRangesOf,
  priceRangesProperty,
} from '../price-ranges.js';

const RANGES = 'graduated_percentage_ranges';

/** The first range counts as entered even with no units, so its flat amount is always due. */
export const graduatedPercentage: ChargeModel = {
  code: 'graduated_percentage',
  title: 'Graduated percentage',
  description:
    'Units are an amount of money; each slice of it costs the percentage of its range, and a range that is entered adds its flat amount.',
  properties: Type.Object(
    {
      [RANGES]: priceRangesProperty('Ranges of the amount, each with its own percentage.', {
        rate: decimalProperty('Percent of the slice: "2.5" is 2.5 %.'),
      }),
    },
    { additionalProperties: false },
  ),
  example: {
    [RANGES]: [
      { from_value: 0, to_value: 100, rate: '5', flat_amount: '0' },
      { from_value: 101, to_value: null, rate: '2', flat_amount: '10' },
    ],
  },
  check: (properties) => checkPriceRanges(properties, RANGES),
  price: ({ units }, properties) =>
    priceBySlices(
      priceRangesOf(properties, RANGES, (range) => rateOf(range['rate'])),
      units,
    ),
};
