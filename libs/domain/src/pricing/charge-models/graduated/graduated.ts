import { Type } from '@sinclair/typebox';
import { ZERO, type Decimal } from '../../../kernel/decimal.js';
import type { ChargeModel, ProratedUsage } from '../../charge-model.js';
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
  prorated: (usage, properties) => {
    const levels = levelsOf(usage);
    const highest = levels.reduce((high, { to }) => (to.gt(high) ? to : high), ZERO);
    return priceOf(
      priceRangesOf(properties, RANGES)
        .filter(({ above }) => above.eq(0) || highest.gt(above))
        .map((range) => rangeStep(range, proratedSlice(range, levels).div(usage.fullDays))),
    );
  },
};

/** What of the units lies in the range; none when they end below it. */
function sliceOf({ above, upTo }: PriceRange, units: Decimal): Decimal {
  const end = upTo !== null && units.gt(upTo) ? upTo : units;
  return end.gt(above) ? end.minus(above) : ZERO;
}

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
