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
import { readCharges, stretchOfPeriod, type Billed, type ReadingPorts } from './read-charges.js';

export type ComputePorts = ReadingPorts & Pick<BillerPorts, 'finalInvoices' | 'advanceInvoice'>;

/** What an invoice says, and the position of the log that all of its usage reflects; null when it has no usage. */
export interface Computed {
  readonly content: InvoiceContent;
  readonly position: number | null;
}

/** What an invoice is about. */
export interface InvoiceSubject {
  readonly occasion: InvoiceOccasion;
  readonly period: Period;
  /** The zone that its days are counted in. */
  readonly timezone: string;
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
    isTerminated: subscription.isTerminated,
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
  about: InvoiceSubject,
  fee: InvoiceLine | null,
): Promise<Computed> {
  const isOpening = about.occasion === 'start';
  const { plan, subscription } = billed;
  const { period, timezone } = about;
  const stretch = stretchOfPeriod(billed, period, timezone);
  const usage = isOpening ? [] : await readCharges(ports, billed, { stretch, closesPeriod: true });
  const trueUps = isOpening ? [] : await lateUsageOf(ports, billed);
  const paid = plan.charges.some(({ payInAdvance }) => payInAdvance === true)
    ? await ports.advanceInvoice(subscription.tenant, subscription, period.from)
    : null;
  const content = buildInvoiceLines({
    plan,
    subscriptionId: subscription.externalId,
    fee,
    usagePeriod: about.period,
    usage,
    trueUps,
    inAdvance: paid?.counted,
  });
  const positions = [...usage, ...trueUps.map((trueUp) => trueUp.priced)].map(
    (priced) => priced.usage.position,
  );
  return { content, position: positions.length === 0 ? null : Math.min(...positions) };
}
