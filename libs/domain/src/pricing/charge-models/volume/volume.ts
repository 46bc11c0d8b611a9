import { Type } from '@sinclair/typebox';
import type { Decimal } from '../../../kernel/decimal.js';
import type { JsonObject } from '../../../kernel/json.js';
import type { ChargeModel } from '../../charge-model.js';
import { proratedUnits } from '../../prorated-units.js';
import { priceOf } from '../price-of.js';
import {
  checkPriceRanges,
  priceRangesOf,
  priceRangesProperty,
  rangeStep,
  type PriceRange,
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
  example: {
    [RANGES]: [
      { from_value: 0, to_value: 5, per_unit_amount: '10', flat_amount: '100' },
      { from_value: 6, to_value: null, per_unit_amount: '5', flat_amount: '50' },
    ],
  },
  check: (properties) => checkPriceRanges(properties, RANGES),
  payableInAdvance: false,
  price: ({ units }, properties) =>
    priceOf(rangeOf(units, properties).map((range) => rangeStep(range, units))),
  // The range is that of all units that are there at the end; what they cost is by their days.
  prorated: (usage, properties) =>
    priceOf(
      rangeOf(usage.units, properties).map((range) => rangeStep(range, proratedUnits(usage))),
    ),
};

/** The one range that the total falls in. */
const rangeOf = (units: Decimal, properties: JsonObject): PriceRange[] =>
  priceRangesOf(properties, RANGES)
    .filter(({ upTo }) => upTo === null || units.lte(upTo))
    .slice(0, 1);
