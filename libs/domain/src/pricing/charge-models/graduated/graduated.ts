import { Type } from '@sinclair/typebox';
import { ZERO, type Decimal } from '../../../kernel/decimal.js';
import type { ChargeModel, ProratedUsage } from '../../charge-model.js';
import { priceOf } from '../price-of.js';
import {
  checkPriceRanges,
  isEntered,
  priceBySlices,
  priceRangesOf,
  priceRangesProperty,
  rangeStep,
  sliceOf,
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
  example: {
    [RANGES]: [
      { from_value: 0, to_value: 5, per_unit_amount: '10', flat_amount: '100' },
      { from_value: 6, to_value: null, per_unit_amount: '5', flat_amount: '50' },
    ],
  },
  check: (properties) => checkPriceRanges(properties, RANGES),
  price: ({ units }, properties) => priceBySlices(priceRangesOf(properties, RANGES), units),
  prorated: (usage, properties) => {
    const levels = levelsOf(usage);
    const highest = levels.reduce((high, { to }) => (to.gt(high) ? to : high), ZERO);
    return priceOf(
      priceRangesOf(properties, RANGES)
        .filter((range) => isEntered(range, highest))
        .map((range) => rangeStep(range, proratedSlice(range, levels).div(usage.fullDays))),
    );
  },
};

/** A move of the running total that lasts for so many days. */
interface Level {
  readonly from: Decimal;
  readonly to: Decimal;
  readonly days: number;
}

function levelsOf({ changes }: ProratedUsage): Level[] {
  let from = ZERO;
  return changes.map(({ units, days }) => {
    const level = { from, to: from.plus(units), days };
    from = level.to;
    return level;
  });
}

/** A move fills the slices between its ends, or empties them, each for its days. The answer is in unit days. */
const proratedSlice = (range: PriceRange, levels: readonly Level[]): Decimal =>
  levels.reduce((sum, { from, to, days }) => {
    const filled = sliceOf(range, to).minus(sliceOf(range, from));
    return sum.plus(filled.times(days));
  }, ZERO);
