import { given } from '@odometer/testing';
import { invoiceDecider } from './invoice.js';
import type { InvoiceDraft, InvoiceEvent, InvoiceFinal, InvoiceLine } from './invoice-events.js';

const line = (amount: number): InvoiceLine => ({
  type: 'subscription',
  subscriptionId: 'sub',
  description: 'Basic',
  units: '1',
  unitAmount: '0',
  amount,
  period: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
  details: {},
});

const draft: InvoiceDraft = {
  invoiceId: 'i1',
  customerId: 'acme',
  subscriptionId: 'sub',
  incarnation: 1,
  occasion: 'period_end',
  planCode: 'basic',
  planVersion: 1,
  currency: 'EUR',
  timezone: 'UTC',
  period: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
  finalizeAt: '2026-02-01T00:00:00.000Z',
  lines: [line(100), line(23)],
  counted: [],
  subtotal: 123,
  total: 123,
};
const final: InvoiceFinal = {
  invoiceId: 'i1',
  number: 'INV-000001',
  issuedAt: '2026-02-01T00:00:00.000Z',
  lines: [line(200)],
  counted: [],
  subtotal: 200,
  total: 200,
  position: 7,
};
const drafted: InvoiceEvent = { type: 'InvoiceDrafted', data: draft };
const finalized: InvoiceEvent = { type: 'InvoiceFinalized', data: final };
const voided: InvoiceEvent = { type: 'InvoiceVoided', data: { invoiceId: 'i1', reason: 'typo' } };
const VOID = { type: 'VoidInvoice', invoiceId: 'i1', reason: 'typo' } as const;
const FINALIZE = { type: 'FinalizeInvoice', final } as const;

const invoice = given(invoiceDecider);

describe('an invoice', () => {
  it('is drafted', () => invoice().when({ type: 'DraftInvoice', draft }).then(drafted));
  it('becomes final with the lines of that moment', () =>
    invoice(drafted).when(FINALIZE).then(finalized));
  it('is voided once it is final', () => invoice(drafted, finalized).when(VOID).then(voided));
});

describe('a repeated step is quiet', () => {
  const other = { ...draft, lines: [line(1)], subtotal: 1, total: 1 };
  it('of a draft, with other lines too', () =>
    invoice(drafted).when({ type: 'DraftInvoice', draft: other }).thenNothing());
  it('of a draft that is final', () =>
    invoice(drafted, finalized).when({ type: 'DraftInvoice', draft }).thenNothing());
  it('of a final invoice, with another number too', () =>
    invoice(drafted, finalized)
      .when({ type: 'FinalizeInvoice', final: { ...final, number: 'INV-000002' } })
      .thenNothing());
  it('of a voided one', () => invoice(drafted, finalized, voided).when(VOID).thenNothing());
});

describe('facts that cannot follow each other', () => {
  it('leave an invoice as it is', () => {
    const states = [finalized, voided].map((event) =>
      invoiceDecider.evolve(invoiceDecider.initialState(), event),
    );
    expect(states).toEqual([invoiceDecider.initialState(), invoiceDecider.initialState()]);
    const asDraft = invoiceDecider.evolve(invoiceDecider.initialState(), drafted);
    expect(invoiceDecider.evolve(asDraft, voided)).toBe(asDraft);
  });
});

describe('an invoice refuses', () => {
  it('to become final before it is there', () =>
    invoice().when(FINALIZE).thenBreaks('invoice_not_found'));
  it('to be voided before it is there', () => invoice().when(VOID).thenBreaks('invoice_not_found'));
  it('to be voided as a draft', () =>
    invoice(drafted).when(VOID).thenBreaks('invoice_not_finalized'));
  it('to become final when voided', () =>
    invoice(drafted, finalized, voided).when(FINALIZE).thenBreaks('invoice_not_draft'));
  it('a draft whose total is not its sum', () =>
    invoice()
      .when({ type: 'DraftInvoice', draft: { ...draft, total: 124 } })
      .thenBreaks('invoice_totals_differ'));
  it('a final total that is not its sum', () =>
    invoice(drafted)
      .when({ type: 'FinalizeInvoice', final: { ...final, subtotal: 199, total: 199 } })
      .thenBreaks('invoice_totals_differ'));
  it('a sum beyond exact integers', () =>
    invoice()
      .when({
        type: 'DraftInvoice',
        draft: { ...draft, lines: [line(Number.MAX_SAFE_INTEGER), line(1)] },
      })
      .thenBreaks('amount_too_large'));
});
