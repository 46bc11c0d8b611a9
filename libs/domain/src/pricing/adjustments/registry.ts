import type { AdjustmentType } from './adjustment.js';
import { amountDiscount } from './amount-discount/amount-discount.js';
import { maximum } from './maximum/maximum.js';
import { minimum } from './minimum/minimum.js';
import { percentageDiscount } from './percentage-discount/percentage-discount.js';

/**
 * Every kind of adjustment, in the order in which they are applied whatever the order they are listed in: discounts on the price of
 * usage first, the percentage before the amount; then the cap on what is left; last the least that has to come in whatever was taken off.
 */
export const adjustmentTypes: readonly AdjustmentType[] = [
  percentageDiscount,
  amountDiscount,
  maximum,
  minimum,
];
