import type { CountedUsage, InvoiceLine, InvoiceOccasion } from '@odometer/domain';

export const INVOICE_STATUSES = ['draft', 'finalized', 'voided'] as const;
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number];

/** An invoice as it is shown. Instants are epoch milliseconds, amounts integers in the smallest unit. */
export interface InvoiceView {
  readonly invoiceId: string;
  /** Null until it is final. */
  readonly number: string | null;
  readonly status: InvoiceStatus;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly incarnation: number;
  readonly occasion: InvoiceOccasion;
  readonly planCode: string;
  readonly planVersion: number;
  readonly currency: string;
  readonly timezone: string;
  readonly period: { readonly from: number; readonly to: number };
  readonly finalizeAt: number;
  readonly issuedAt: number | null;
  readonly voidedAt: number | null;
  readonly voidReason: string | null;
  readonly subtotal: number;
  readonly total: number;
  readonly lines: readonly InvoiceLine[];
  readonly counted: readonly CountedUsage[];
  /** Log position that the final lines were computed at. */
  readonly usagePosition: number | null;
  /** Log position of the draft: later = higher; lists are ordered by it. */
  readonly createdPosition: number;
}

export interface InvoiceRow {
  readonly invoice_id: string;
  readonly number: string | null;
  readonly status: InvoiceStatus;
  readonly customer_id: string;
  readonly subscription_id: string;
  readonly incarnation: number;
  readonly occasion: InvoiceOccasion;
  readonly plan_code: string;
  readonly plan_version: number;
  readonly currency: string;
  readonly timezone: string;
  readonly period_from: Date;
  readonly period_to: Date;
  readonly finalize_at: Date;
  readonly issued_at: Date | null;
  readonly voided_at: Date | null;
  readonly void_reason: string | null;
  readonly subtotal: string;
  readonly total: string;
  readonly lines: readonly InvoiceLine[];
  readonly counted: readonly CountedUsage[];
  readonly usage_position: string | null;
  readonly created_position: string;
}

export const toInvoiceView = (row: InvoiceRow): InvoiceView => ({
  invoiceId: row.invoice_id,
  number: row.number,
  status: row.status,
  customerId: row.customer_id,
  subscriptionId: row.subscription_id,
  incarnation: row.incarnation,
  occasion: row.occasion,
  planCode: row.plan_code,
  planVersion: row.plan_version,
  currency: row.currency,
  timezone: row.timezone,
  period: { from: row.period_from.getTime(), to: row.period_to.getTime() },
  finalizeAt: row.finalize_at.getTime(),
  issuedAt: row.issued_at?.getTime() ?? null,
  voidedAt: row.voided_at?.getTime() ?? null,
  voidReason: row.void_reason,
  subtotal: Number(row.subtotal),
  total: Number(row.total),
  lines: row.lines,
  counted: row.counted,
  usagePosition: row.usage_position === null ? null : Number(row.usage_position),
  createdPosition: Number(row.created_position),
});
