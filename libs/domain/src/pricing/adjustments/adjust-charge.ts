import { toText } from '../../kernel/decimal.js';
import { toMajor, toMinor } from '../../kernel/money.js';
import type { Charge } from '../charge.js';
import type { Adjustment, AdjustmentContext } from './adjustment.js';
import { applyAdjustments } from './apply-adjustments.js';
import { minimum } from './minimum/minimum.js';

/** What an adjustment adds to a charge, or takes off. */
export interface PricedAdjustment {
  /** The code of the adjustment. */
  readonly code: string;
  /** Integer in the smallest unit; below zero where it takes off. */
  readonly amount: number;
  /** What the charge had come to before. */
  readonly before: number;
}

/**
 * The adjustments of a charge that has come to so much, an integer in the smallest unit. Those that change nothing are left out. The
 * context is only asked for where there is something to adjust: its days cost a look at the calendar.
 */
export function adjustCharge(
  charge: Charge,
  used: number,
  currency: string,
  context: () => AdjustmentContext,
): PricedAdjustment[] {
  const listed = adjustmentsOf(charge, currency);
  if (listed.length === 0) return [];
  let exact = toMajor(used, currency);
  let before = used;
  // The steps are rounded one after the other, so that they sum up to the rounded whole.
  return applyAdjustments(exact, listed, context()).steps.map(({ label, amount: change }) => {
    exact = exact.plus(change);
    const after = toMinor(exact, currency);
    const adjustment = { code: label, amount: after - before, before };
    before = after;
    return adjustment;
  });
}

/** A charge's least amount is a minimum like any other. */
function adjustmentsOf(
  { adjustments = [], minAmount = 0 }: Charge,
  currency: string,
): readonly Adjustment[] {
  if (minAmount === 0) return adjustments;
  const properties = { amount: toText(toMajor(minAmount, currency)) };
  return [...adjustments, { type: minimum.code, properties }];
}
