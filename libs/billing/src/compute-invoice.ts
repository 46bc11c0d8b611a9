import {
  buildInvoiceLines,
  feeLine,
  feeOf,
  nextInvoice,
  type InvoiceContent,
  type InvoiceLine,
  type InvoiceOccasion,
  type InvoicingTerms,
  type Period,
  type ScheduledInvoice,
} from '@odometer/domain';
import type { BillerPorts } from './biller-ports.js';
import { lateUsageOf } from './late-usage.js';
import { readCharges, type Billed } from './read-charges.js';

export type ComputePorts = Pick<BillerPorts, 'catalog' | 'readUsage' | 'finalInvoices'>;

/** What an invoice says, and the position of the log that all of its usage reflects; null when it has no usage. */
export interface Computed {
  readonly content: InvoiceContent;
  readonly position: number | null;
}

/** The terms of a billed subscription, with the customer's zone of now. */
export function termsOf({ subscription, plan }: Billed): InvoicingTerms {
  return {
    interval: plan.interval,
    payInAdvance: plan.payInAdvance,
    billingTime: subscription.billingTime,
    anchor: subscription.startedAt,
    timezone: subscription.timezone,
    endsAt: subscription.endsAt,
  };
}

/** The fee that the invoice carries, if any. */
export function feeLineOf(billed: Billed, due: ScheduledInvoice): InvoiceLine | null {
  const terms = termsOf(billed);
  const last = { occasion: due.occasion, periodTo: due.period.to };
  const ahead = due.occasion === 'start' ? null : nextInvoice(terms, last);
  const fee = feeOf(billed.plan, terms, due, ahead);
  return fee === null ? null : feeLine(billed.plan, billed.subscription.externalId, fee);
}

/** Computes an invoice from usage as it is known now. The fee does not depend on usage and comes in. */
export async function computeInvoice(
  ports: ComputePorts,
  billed: Billed,
  about: { readonly occasion: InvoiceOccasion; readonly period: Period },
  fee: InvoiceLine | null,
): Promise<Computed> {
  const isOpening = about.occasion === 'start';
  const usage = isOpening ? [] : await readCharges(ports, billed, about.period);
  const trueUps = isOpening ? [] : await lateUsageOf(ports, billed);
  const { plan, subscription } = billed;
  const content = buildInvoiceLines({
    plan,
    subscriptionId: subscription.externalId,
    fee,
    usagePeriod: about.period,
    usage,
    trueUps,
  });
  const positions = [...usage, ...trueUps.map((trueUp) => trueUp.usage)].map(
    (read) => read.position,
  );
  return { content, position: positions.length === 0 ? null : Math.min(...positions) };
}
