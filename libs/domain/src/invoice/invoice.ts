import type { Decider } from '../kernel/decider.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import type { InvoiceContent, InvoiceDraft, InvoiceEvent, InvoiceFinal } from './invoice-events.js';

export type InvoiceCommand =
  | { readonly type: 'DraftInvoice'; readonly draft: InvoiceDraft }
  | { readonly type: 'FinalizeInvoice'; readonly final: InvoiceFinal }
  | { readonly type: 'VoidInvoice'; readonly invoiceId: string; readonly reason: string | null };

export type InvoiceState =
  | { readonly status: 'unknown' }
  | { readonly status: 'draft'; readonly draft: InvoiceDraft }
  | {
      readonly status: 'finalized' | 'voided';
      readonly draft: InvoiceDraft;
      readonly final: InvoiceFinal;
    };

/**
 * An invoice is drafted once, becomes final once, and can then only be voided. Repeating any step is quiet and keeps what the
 * first one said, even when the repetition computed other lines. Refusals: `invoice_not_found`, `invoice_not_draft`,
 * `invoice_not_finalized`, `invoice_totals_differ`.
 */
export const invoiceDecider: Decider<InvoiceState, InvoiceCommand, InvoiceEvent> = {
  initialState: () => ({ status: 'unknown' }),
  decide: (command, state) => {
    switch (command.type) {
      case 'DraftInvoice':
        return draft(command.draft, state);
      case 'FinalizeInvoice':
        return finalize(command.final, state);
      case 'VoidInvoice':
        return voidIt(command.invoiceId, command.reason, state);
    }
  },
  evolve,
};

function draft(data: InvoiceDraft, state: InvoiceState): InvoiceEvent[] {
  if (state.status !== 'unknown') return [];
  requireSum(data);
  return [{ type: 'InvoiceDrafted', data }];
}

function finalize(data: InvoiceFinal, state: InvoiceState): InvoiceEvent[] {
  if (state.status === 'unknown') throw notFound(data.invoiceId);
  if (state.status === 'finalized') return [];
  if (state.status === 'voided')
    throw new RuleBroken(
      'invoice_not_draft',
      `Invoice ${data.invoiceId} is voided and cannot be finalized.`,
      'conflict',
    );
  requireSum(data);
  return [{ type: 'InvoiceFinalized', data }];
}

function voidIt(invoiceId: string, reason: string | null, state: InvoiceState): InvoiceEvent[] {
  if (state.status === 'unknown') throw notFound(invoiceId);
  if (state.status === 'voided') return [];
  if (state.status === 'draft')
    throw new RuleBroken(
      'invoice_not_finalized',
      `Invoice ${invoiceId} is a draft; only a finalized invoice can be voided.`,
      'conflict',
    );
  return [{ type: 'InvoiceVoided', data: { invoiceId, reason } }];
}

function evolve(state: InvoiceState, event: InvoiceEvent): InvoiceState {
  switch (event.type) {
    case 'InvoiceDrafted':
      return { status: 'draft', draft: event.data };
    case 'InvoiceFinalized':
      return state.status === 'draft'
        ? { status: 'finalized', draft: state.draft, final: event.data }
        : state;
    case 'InvoiceVoided':
      return state.status === 'finalized' ? { ...state, status: 'voided' } : state;
  }
}

/** The sum of amounts in the smallest unit. Refuses sums that a double cannot carry exactly. */
export function sumOfLines(lines: InvoiceContent['lines']): number {
  const sum = lines.reduce((total, line) => total + line.amount, 0);
  if (!Number.isSafeInteger(sum))
    throw new RuleBroken('amount_too_large', `The lines sum up to ${sum}, beyond exact integers.`);
  return sum;
}

function requireSum({ lines, subtotal, total }: InvoiceContent): void {
  const sum = sumOfLines(lines);
  if (sum !== subtotal || subtotal !== total)
    throw new RuleBroken(
      'invoice_totals_differ',
      `The lines sum up to ${sum}, the invoice says subtotal ${subtotal} and total ${total}.`,
    );
}

const notFound = (invoiceId: string): RuleBroken =>
  new RuleBroken('invoice_not_found', `There is no invoice ${invoiceId}.`, 'not_found');
