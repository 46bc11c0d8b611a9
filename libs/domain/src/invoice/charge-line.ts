import type { Plan } from '../catalog/plan.js';
import { toText } from '../kernel/decimal.js';
import { toIso, type Period } from '../kernel/instant.js';
import { toMajor } from '../kernel/money.js';
import type { UsageTotal } from '../metering/usage-slice.js';
import type { Charge } from '../pricing/charge.js';
import { rateCharge } from '../pricing/rating.js';
import type { CountedUsage, InvoiceLine, LineProvenance } from './invoice-events.js';

/** The usage of one charge of the plan in one period, as it was read. */
export interface ChargeTotal {
  readonly chargeIndex: number;
  readonly meterVersion: number;
  readonly total: UsageTotal;
  /** Position of the log that the total reflects. */
  readonly position: number;
  /** By usage shard; see UsageAnswer. */
  readonly cut: readonly number[];
}

/** A charge of the plan. Throws a plain error for an index that the plan does not have: a total of another plan. */
export function chargeOf(plan: Plan, chargeIndex: number): Charge {
  const charge = plan.charges[chargeIndex];
  if (charge === undefined)
    throw new Error(`plan ${plan.code} version ${plan.version} has no charge ${chargeIndex}`);
  return charge;
}

/** The usage of a charge rated, also where it comes to nothing. */
export function chargeLine(
  plan: Plan,
  subscriptionId: string,
  period: Period,
  usage: ChargeTotal,
): InvoiceLine {
  const charge = chargeOf(plan, usage.chargeIndex);
  const rated = rateCharge({
    charge,
    usage: { units: usage.total.value, eventsCount: usage.total.eventsCount },
    currency: plan.currency,
  });
  return {
    type: 'charge',
    subscriptionId,
    meterCode: charge.meterCode,
    description: charge.displayName ?? charge.meterCode,
    units: rated.units,
    unitAmount: rated.unitAmount,
    amount: rated.amount,
    period: { from: toIso(period.from), to: toIso(period.to) },
    details: rated.details,
    provenance: provenanceOf(plan, usage),
  };
}

/** What a closed period is worth now against what was billed for it so far. */
export interface TrueUp {
  /** The plan that the old period was billed on. */
  readonly plan: Plan;
  readonly period: Period;
  readonly usage: ChargeTotal;
  /** The lines of this charge and period on final invoices: the charge line and earlier true-ups. */
  readonly billed: number;
  readonly invoiceId: string;
  readonly number: string;
}

/** The difference as a line of its own that names the old invoice; null when there is none. */
export function trueUpLine(subscriptionId: string, trueUp: TrueUp): InvoiceLine | null {
  const { plan, billed } = trueUp;
  const now = chargeLine(plan, subscriptionId, trueUp.period, trueUp.usage);
  const amount = now.amount - billed;
  if (amount === 0) return null;
  return {
    ...now,
    type: 'true_up',
    description: `${now.description}: late usage of invoice ${trueUp.number}`,
    units: '1',
    unitAmount: toText(toMajor(amount, plan.currency)),
    amount,
    details: {
      invoice_id: trueUp.invoiceId,
      invoice_number: trueUp.number,
      units: now.units,
      worth: toText(toMajor(now.amount, plan.currency)),
      billed: toText(toMajor(billed, plan.currency)),
      price: now.details,
    },
  };
}

export const countedOf = (plan: Plan, usage: ChargeTotal): CountedUsage => ({
  chargeIndex: usage.chargeIndex,
  meterCode: chargeOf(plan, usage.chargeIndex).meterCode,
  meterVersion: usage.meterVersion,
  recordCount: usage.total.eventsCount,
  digest: usage.total.digest,
});

function provenanceOf(plan: Plan, usage: ChargeTotal): LineProvenance {
  return {
    meterVersion: usage.meterVersion,
    planCode: plan.code,
    planVersion: plan.version,
    chargeIndex: usage.chargeIndex,
    position: usage.position,
    cut: usage.cut,
    recordCount: usage.total.eventsCount,
    digest: usage.total.digest,
  };
}
