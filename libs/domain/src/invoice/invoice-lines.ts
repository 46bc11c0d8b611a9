import type { Plan } from '../catalog/plan.js';
import type { Period } from '../kernel/instant.js';
import { chargeLine, countedOf, trueUpLine, type ChargeTotal, type TrueUp } from './charge-line.js';
import { sumOfLines } from './invoice.js';
import type { InvoiceContent, InvoiceLine } from './invoice-events.js';

/** All that an invoice is computed from. */
export interface InvoiceBasis {
  readonly plan: Plan;
  readonly subscriptionId: string;
  /** Null when no fee is due, as on the last invoice of a plan paid in advance. */
  readonly fee: InvoiceLine | null;
  /** The period that the usage is of. */
  readonly usagePeriod: Period;
  /** One per charge in the plan's order; none on an invoice that carries only a fee in advance. */
  readonly usage: readonly ChargeTotal[];
  readonly trueUps: readonly TrueUp[];
}

/**
 * The lines in the order in which they are shown: the fee (also when it is 0), one line per charge and one per closed period
 * and charge that is worth something else by now. Charges that come to nothing have no line; `counted` has them all.
 * The amounts are rounded line by line, so the total is the sum of what is shown.
 */
export function buildInvoiceLines(basis: InvoiceBasis): InvoiceContent {
  const { plan, subscriptionId, fee, usagePeriod, usage, trueUps } = basis;
  const charges = usage
    .map((total) => chargeLine(plan, subscriptionId, usagePeriod, total))
    .filter(({ amount }) => amount !== 0);
  const corrections = trueUps
    .map((trueUp) => trueUpLine(subscriptionId, trueUp))
    .filter((line): line is InvoiceLine => line !== null);
  const lines = [...(fee === null ? [] : [fee]), ...charges, ...corrections];
  const subtotal = sumOfLines(lines);
  return {
    lines,
    counted: usage.map((total) => countedOf(plan, total)),
    subtotal,
    total: subtotal,
  };
}
