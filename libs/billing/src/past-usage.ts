import type { FinalInvoice, InvoiceLine, Period } from '@odometer/domain';

/** One closed period as it was billed. */
export interface PastUsage {
  readonly subscriptionId: string;
  readonly invoiceId: string;
  readonly number: string;
  readonly period: Period;
  readonly currency: string;
  /** Sum of the charges, without fees and true-ups. */
  readonly amount: number;
  /** One per charge of the plan; a charge that came to nothing has no line. */
  readonly charges: readonly {
    readonly meterCode: string;
    readonly eventsCount: number;
    readonly line: InvoiceLine | null;
  }[];
}

/** Closed periods from final invoices, in the order given. Invoices that only carry a fee in advance are of no period. */
export const pastUsageOf = (invoices: readonly FinalInvoice[]): PastUsage[] =>
  invoices.filter(({ occasion }) => occasion !== 'start').map(pastUsage);

function pastUsage(invoice: FinalInvoice): PastUsage {
  const charges = invoice.counted.map(({ chargeIndex, meterCode, recordCount }) => ({
    meterCode,
    eventsCount: recordCount,
    line: invoice.lines.find((line) => isOfCharge(line, chargeIndex)) ?? null,
  }));
  const { subscriptionId, invoiceId, number, period, currency } = invoice;
  const amount = charges.reduce((sum, { line }) => sum + (line?.amount ?? 0), 0);
  return { subscriptionId, invoiceId, number, period, currency, amount, charges };
}

const isOfCharge = (line: InvoiceLine, chargeIndex: number): boolean =>
  line.type === 'charge' && line.provenance?.chargeIndex === chargeIndex;
