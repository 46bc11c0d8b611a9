import {
  buildAdvanceLines,
  invoiceDecider,
  toIso,
  type BilledSubscription,
  type Instant,
  type InvoiceContent,
  type InvoiceDraft,
} from '@odometer/domain';
import { handle } from '@odometer/event-store';
import type { BillerPorts } from './biller-ports.js';
import { finalizePrepared, optionsOf } from './draft-and-finalize.js';
import { advanceInvoiceIdOf } from './invoice-identity.js';
import { ADVANCE_TURNS_MAX, chargeFees } from './charge-fees.js';
import { readPaidInAdvance, runningOf, type Running } from './running-period.js';

/** An invoice of records that were billed as they came. */
export interface BilledInAdvance {
  readonly position: number;
  readonly drafted: boolean;
  readonly finalized: boolean;
}

/**
 * Bills the records of the running period that lie beyond what has been billed of it, for the charges that are paid in advance; null when
 * there is nothing new. The invoice is final at once. Its id is derived from how many there were before, so that two that bill
 * the same records make the same invoice.
 */
export async function billInAdvance(
  ports: BillerPorts,
  subscription: BilledSubscription,
  now: Instant,
): Promise<BilledInAdvance | null> {
  const running = await runningOf(ports, subscription, now);
  if (running === null) return null;
  const charged = await chargeFees(ports, running, now);
  const billed = await billNewRecords(ports, running, now);
  if (billed !== null || charged === null) return billed;
  return { position: charged, drafted: false, finalized: false };
}

/** Where another biller came first it may have seen fewer records: what it left is billed after it. */
async function billNewRecords(
  ports: BillerPorts,
  running: Running,
  now: Instant,
): Promise<BilledInAdvance | null> {
  let last: BilledInAdvance | null = null;
  for (let turn = 1; turn <= ADVANCE_TURNS_MAX; turn += 1) {
    const billed = await billRecords(ports, running, now);
    if (billed === null) break;
    last = billed;
    if (billed.drafted || !(await ports.waitForReadModels(billed.position))) break;
  }
  return last;
}

async function billRecords(
  ports: BillerPorts,
  running: Running,
  now: Instant,
): Promise<BilledInAdvance | null> {
  const { subscription } = running.billed;
  const { tenant } = subscription;
  const { period } = running.due;
  const latest = await ports.advanceInvoice(tenant, subscription, period.from);
  const content = await newFeesOf(ports, running, latest?.counted ?? []);
  if (content === null) return null;
  const invoiceId = advanceInvoiceIdOf(subscription, period.from, (latest?.sequence ?? 0) + 1);
  const draft = draftOf(running, invoiceId, content, now);
  // Who has seen other records sends another command, and learns what was drafted.
  const seen = JSON.stringify(content.counted.map(({ cut }) => cut));
  const options = {
    ...optionsOf(ports, tenant, invoiceId, 'draft'),
    commandId: `draft:${invoiceId}:${seen}`,
  };
  const drafted = await handle(
    ports.store,
    invoiceDecider,
    { type: 'DraftInvoice', draft },
    options,
  );
  if (drafted.state.status !== 'draft') {
    return { position: drafted.position, drafted: false, finalized: false };
  }
  // Where another biller drafted it first, its lines are the ones that count.
  const { lines, counted, subtotal, total } = drafted.state.draft;
  const computed = { content: { lines, counted, subtotal, total }, position: null };
  const prepared = { tenant, draft, computed, isNew: true, position: drafted.position };
  const final = await finalizePrepared(ports, prepared, now, drafted.position);
  return {
    position: final.position,
    drafted: drafted.events.length > 0,
    finalized: final.events.length > 0,
  };
}

async function newFeesOf(
  ports: BillerPorts,
  { billed, due }: Running,
  counted: InvoiceContent['counted'],
): Promise<InvoiceContent | null> {
  const charges = await readPaidInAdvance(
    ports,
    { billed, due },
    (charge) => charge.invoiceable !== false,
  );
  if (charges.length === 0) return null;
  const { plan, subscription } = billed;
  const context = { plan, subscriptionId: subscription.externalId, period: due.period };
  return buildAdvanceLines(context, charges, counted);
}

function draftOf(
  { billed, due }: Running,
  invoiceId: string,
  content: InvoiceContent,
  now: Instant,
): InvoiceDraft {
  const { subscription, plan } = billed;
  return {
    invoiceId,
    customerId: subscription.customerId,
    subscriptionId: subscription.externalId,
    incarnation: subscription.incarnation,
    occasion: 'usage',
    planCode: plan.code,
    planVersion: plan.version,
    currency: plan.currency,
    timezone: due.timezone,
    period: { from: toIso(due.period.from), to: toIso(due.period.to) },
    finalizeAt: toIso(now),
    ...content,
  };
}
