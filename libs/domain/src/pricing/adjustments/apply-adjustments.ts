import { ZERO, type Decimal } from '../../kernel/decimal.js';
import type { Price, PriceStep } from '../charge-model.js';
import type { Adjustment, AdjustmentContext, AdjustmentType } from './adjustment.js';
import { adjustmentTypes } from './registry.js';

/**
 * Leads the price of a charge through its adjustments, in the order of the registry. The amount is exact, in major units and not below zero; the
 * steps are what each adjustment adds (below zero: takes off), so that amount and steps together come to the new amount. An
 * adjustment that changes nothing has no step.
 *
 * A period that is billed in parts is adjusted as a whole each time: what a part costs is the adjusted amount so far, less
 * that of the parts before. A cap then holds for the period, and a minimum comes in once.
 */
export function applyAdjustments(
  amount: Decimal,
  adjustments: readonly Adjustment[],
  context: AdjustmentContext,
): Price {
  const steps: PriceStep[] = [];
  let adjusted = amount.lt(0) ? ZERO : amount;
  for (const type of adjustmentTypes) {
    for (const { properties } of adjustments.filter((listed) => listed.type === type.code)) {
      const next = type.adjust(adjusted, properties, context);
      if (!next.eq(adjusted)) steps.push(adjustmentStep(type, next.minus(adjusted)));
      adjusted = next;
    }
  }
  return { amount: adjusted, steps };
}

const adjustmentStep = ({ code }: AdjustmentType, difference: Decimal): PriceStep => ({
  label: code,
  units: ZERO,
  unitAmount: ZERO,
  flatAmount: difference,
  amount: difference,
});
