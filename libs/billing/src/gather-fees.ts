import { invoiceDecider, toIso, type InvoiceDraft, type InvoiceLine } from '@odometer/domain';
import { handle } from '@odometer/event-store';
import type { BillerPorts, SettledFee } from './biller-ports.js';
import { finalizePrepared, optionsOf } from './draft-and-finalize.js';
import { gatheredInvoiceIdOf } from './invoice-identity.js';

/** Fees that one invoice gathers; the rest waits for the next period. */
export const FEES_GATHERED_MAX = 1_000;

/**
 * Gathers the fees of a life that were settled off invoices, when a period of it closes, on an invoice of their own that is paid; null when
 * there are none. The invoice is derived from the one that closes the period, so that it is made once.
 */
export async function gatherFees(
  ports: BillerPorts,
  tenant: string,
  closing: InvoiceDraft,
): Promise<number | null> {
  const life = { externalId: closing.subscriptionId, incarnation: closing.incarnation };
  const fees = await ports.feesToGather(tenant, life, FEES_GATHERED_MAX);
  if (fees.length === 0) return null;
  const invoiceId = gatheredInvoiceIdOf(closing.invoiceId);
  const total = fees.reduce((sum, { amount }) => sum + amount, 0);
  const content = { lines: fees.map((fee) => lineOf(fee)), counted: [], subtotal: total, total };
  const draft: InvoiceDraft = {
    ...closing,
    ...content,
    invoiceId,
    occasion: 'paid_fees',
    finalizeAt: closing.period.to,
  };
  const options = optionsOf(ports, tenant, invoiceId, 'draft');
  const drafted = await handle(
    ports.store,
    invoiceDecider,
    { type: 'DraftInvoice', draft },
    options,
  );
  if (drafted.state.status !== 'draft') return drafted.position;
  const { lines, counted, subtotal } = drafted.state.draft;
  const computed = {
    content: { lines, counted, subtotal, total: drafted.state.draft.total },
    position: null,
  };
  const prepared = { tenant, draft, computed, isNew: true, position: drafted.position };
  const issuedAt = Date.parse(closing.period.to);
  return (await finalizePrepared(ports, prepared, issuedAt, drafted.position)).position;
}

const lineOf = (fee: SettledFee): InvoiceLine => ({
  type: 'charge',
  subscriptionId: fee.subscriptionId,
  meterCode: fee.meterCode,
  description: fee.description,
  units: fee.units,
  unitAmount: fee.unitAmount,
  amount: fee.amount,
  period: { from: toIso(fee.period.from), to: toIso(fee.period.to) },
  details: {
    fee_id: fee.feeId,
    transaction_id: fee.transactionId,
    timestamp: fee.timestamp,
  },
});
