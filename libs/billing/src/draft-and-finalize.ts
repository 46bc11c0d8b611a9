import {
  fromIso,
  invoiceDecider,
  isOfPeriod,
  toIso,
  type DueItem,
  type Instant,
  type InvoiceDraft,
  type InvoiceEvent,
  type InvoiceState,
  type ScheduledInvoice,
} from '@odometer/domain';
import { handle, type Handled } from '@odometer/event-store';
import type { BillerPorts } from './biller-ports.js';
import { NotBillable } from './billing-errors.js';
import { chargeClosingFees } from './charge-fees.js';
import { computeInvoice, feeLineOf, type Computed } from './compute-invoice.js';
import { invoiceInLog } from './invoice-in-log.js';
import { invoiceIdOf, invoiceStreamOf } from './invoice-identity.js';
import { assignInvoiceNumber } from './invoice-numbers.js';
import { loadBilled, type Billed } from './read-charges.js';

const DAY_MS = 86_400_000;

/** An invoice with lines computed at this moment, ready to become final. */
export interface Prepared {
  readonly tenant: string;
  readonly draft: InvoiceDraft;
  readonly computed: Computed;
  /** Whether this call wrote the draft. */
  readonly isNew: boolean;
  readonly position: number;
}

/** Closes a period: computes its invoice and drafts it. Doing so again changes nothing; null when it is final already, or was billed meanwhile. */
export async function draftInvoice(ports: BillerPorts, item: DueItem): Promise<Prepared | null> {
  const billed = await billedOf(ports, item);
  const { next, externalId } = billed.subscription;
  if (next === null) {
    throw new NotBillable(
      `subscription ${externalId} is due but its plan or customer is not known`,
    );
  }
  // Another biller has drafted what was due: what comes next is due later, and not by this item.
  if (next.dueAt !== item.dueAt) return null;
  const computed = await computeInvoice(ports, billed, next, feeLineOf(billed, next));
  const draft = draftOf(billed, next, computed);
  const charged =
    next.occasion === 'start' ? null : await chargeClosingFees(ports, { billed, due: next });
  const handled = await handle(
    ports.store,
    invoiceDecider,
    { type: 'DraftInvoice', draft },
    optionsOf(ports, item.tenant, draft.invoiceId, 'draft'),
  );
  if (handled.state.status !== 'draft' && handled.events.length === 0) return null;
  return {
    tenant: item.tenant,
    draft: handled.state.status === 'draft' ? handled.state.draft : draft,
    computed,
    isNew: handled.events.length > 0,
    position: Math.max(handled.position, charged ?? 0),
  };
}

function draftOf(billed: Billed, next: ScheduledInvoice, { content }: Computed): InvoiceDraft {
  const { subscription, plan } = billed;
  return {
    invoiceId: invoiceIdOf(subscription, next),
    customerId: subscription.customerId,
    subscriptionId: subscription.externalId,
    incarnation: subscription.incarnation,
    occasion: next.occasion,
    planCode: plan.code,
    planVersion: plan.version,
    currency: plan.currency,
    timezone: next.timezone,
    period: { from: toIso(next.period.from), to: toIso(next.period.to) },
    finalizeAt: toIso(next.dueAt + subscription.gracePeriodDays * DAY_MS),
    ...content,
  };
}

/** Computes the lines of a draft anew; null when there is no draft any more to finalize. */
export async function recomputeDraft(
  ports: BillerPorts,
  tenant: string,
  invoiceId: string,
): Promise<Prepared | null> {
  const { state, position } = await invoiceInLog(ports.store, tenant, invoiceId);
  if (state.status !== 'draft') return null;
  const { draft } = state;
  if (!isOfPeriod(draft.occasion)) {
    // What records cost when they came in does not change.
    const { lines, counted, subtotal, total } = draft;
    const computed = { content: { lines, counted, subtotal, total }, position: null };
    return { tenant, draft, computed, isNew: false, position };
  }
  const billed = await billedOf(ports, { tenant, ...draft });
  const fee = draft.lines.find((line) => line.type === 'subscription') ?? null;
  const period = { from: fromIso(draft.period.from), to: fromIso(draft.period.to) };
  const about = { occasion: draft.occasion, period, timezone: draft.timezone };
  const computed = await computeInvoice(ports, billed, about, fee);
  return { tenant, draft, computed, isNew: false, position };
}

/**
 * Numbers the invoice and makes it final. A crash between the two leaves a number that the next attempt finds again. `asOf` is
 * the position that the lines reflect at least, for invoices without usage.
 */
export async function finalizePrepared(
  ports: BillerPorts,
  { tenant, draft, computed }: Prepared,
  issuedAt: Instant,
  asOf: number,
): Promise<Handled<InvoiceState, InvoiceEvent>> {
  const { invoiceId } = draft;
  const number = await assignInvoiceNumber(ports.store, tenant, invoiceId, ports.now());
  const final = {
    invoiceId,
    number,
    issuedAt: toIso(issuedAt),
    ...computed.content,
    position: computed.position ?? asOf,
  };
  return handle(
    ports.store,
    invoiceDecider,
    { type: 'FinalizeInvoice', final },
    optionsOf(ports, tenant, invoiceId, 'finalize'),
  );
}

async function billedOf(
  ports: BillerPorts,
  life: Pick<DueItem, 'tenant' | 'subscriptionId' | 'incarnation'>,
): Promise<Billed> {
  const { tenant, subscriptionId, incarnation } = life;
  const subscription = await ports.schedule.subscription(tenant, subscriptionId, incarnation);
  if (subscription === null) {
    throw new NotBillable(`subscription ${subscriptionId}, life ${incarnation}, does not exist`);
  }
  return loadBilled(ports, subscription);
}

export const optionsOf = (
  ports: BillerPorts,
  tenant: string,
  invoiceId: string,
  step: 'draft' | 'finalize',
) => ({
  streamId: invoiceStreamOf(tenant, invoiceId),
  tenant,
  now: ports.now(),
  actor: 'biller',
  commandId: `${step}:${invoiceId}`,
});
