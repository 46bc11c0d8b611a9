import type { Charge } from '../charge.js';
import { estimateCharge, type ChargeEstimate, type SupposedUsage } from './estimate-charge.js';

/** A price list as far as an estimate looks at it. */
export interface EstimatedPlan {
  /** ISO 4217. */
  readonly currency: string;
  /** Fee of a full interval in the smallest unit. */
  readonly amount: number;
  /** Charges that were accepted. */
  readonly charges: readonly Charge[];
}

/** What a plan comes to in a full period. Amounts are integers in the smallest unit. */
export interface PlanEstimate {
  readonly fee: number;
  readonly charges: readonly ChargeEstimate[];
  readonly chargesAmount: number;
  readonly total: number;
}

/**
 * Prices a plan against a supposed usage, by meter; a meter that is not named has none. Throws RuleBroken `events_required` where a
 * charge is priced by single records and only their total is supposed, and those of `rateCharge`.
 */
export function estimatePlan(
  plan: EstimatedPlan,
  usageByMeter: ReadonlyMap<string, readonly SupposedUsage[]>,
): PlanEstimate {
  const charges = plan.charges.map((charge) =>
    estimateCharge(charge, usageByMeter.get(charge.meterCode) ?? [], plan.currency),
  );
  const chargesAmount = charges.reduce((sum, { amount }) => sum + amount, 0);
  return { fee: plan.amount, charges, chargesAmount, total: plan.amount + chargesAmount };
}
