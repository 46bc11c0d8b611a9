import type { Plan } from '../catalog/plan.js';
import type { Period } from '../kernel/instant.js';
import {
  chargeLines,
  countedOf,
  restLine,
  trueUpLine,
  type LineContext,
  type TrueUp,
} from './charge-line.js';
import { sumOfLines } from './invoice.js';
import type { CountedUsage, InvoiceContent, InvoiceLine } from './invoice-events.js';
import type { PricedCharge } from './priced-charge.js';

/** All that an invoice is computed from. */
export interface InvoiceBasis {
  readonly plan: Plan;
  readonly subscriptionId: string;
  /** Null when no fee is due, as on the last invoice of a plan paid in advance. */
  readonly fee: InvoiceLine | null;
  /** The period that the usage is of. */
  readonly usagePeriod: Period;
  /** One per charge in the plan's order; none on an invoice that carries only a fee in advance. */
  readonly usage: readonly PricedCharge[];
  readonly trueUps: readonly TrueUp[];
  /** What has been billed of the period's charges that are paid in advance, by charge. */
  readonly inAdvance?: readonly CountedUsage[] | undefined;
}

/**
 * The lines in the order in which they are shown: the fee (also when it is 0), the charges in the plan's order, and one per closed
 * period and charge that is worth something else by now. What comes to nothing has no line; `counted` has all charges.
 * The amounts are rounded line by line, so the total is the sum of what is shown.
 */
export function buildInvoiceLines(basis: InvoiceBasis): InvoiceContent {
  const { plan, subscriptionId, fee, usagePeriod, usage, trueUps, inAdvance = [] } = basis;
  const context = { plan, subscriptionId, period: usagePeriod };
  const charges = usage.flatMap((priced) => linesOf(context, priced, inAdvance));
  const corrections = trueUps
    .map((trueUp) => trueUpLine(subscriptionId, trueUp))
    .filter((line): line is InvoiceLine => line !== null);
  const lines = [...(fee === null ? [] : [fee]), ...charges, ...corrections];
  const subtotal = sumOfLines(lines);
  return { lines, counted: usage.map(countedOf), subtotal, total: subtotal };
}

function linesOf(
  context: LineContext,
  priced: PricedCharge,
  inAdvance: readonly CountedUsage[],
): InvoiceLine[] {
  const { charge, usage } = priced;
  if (charge.payInAdvance !== true) return chargeLines(context, priced);
  if (charge.invoiceable === false) return [];
  const billed = inAdvance.find(({ chargeIndex }) => chargeIndex === usage.chargeIndex);
  const rest = restLine(context, priced, billed?.amount ?? 0);
  return rest === null ? [] : [rest];
}
