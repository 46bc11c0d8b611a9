import type { InvoicePreview } from '@odometer/billing';
import { toIso, type InvoiceLine, type Instant } from '@odometer/domain';
import { INVOICE_STATUSES, type InvoiceStatus, type InvoiceView } from '@odometer/read-models';
import { Type } from '@sinclair/typebox';
import { answer, InstantText, Nullable, pageOf } from '../http/answers.js';
import { ChoiceField, InstantField, TextField } from '../http/fields.js';
import { PageQuery } from '../http/paging.js';

export class InvoicesQuery extends PageQuery {
  @TextField({ description: 'Only those of this customer.', optional: true, max: 255 })
  customer_id?: string;

  @TextField({ description: 'Only those of this subscription.', optional: true, max: 255 })
  subscription_id?: string;

  @ChoiceField({
    description: 'Only those with this status.',
    values: INVOICE_STATUSES,
    optional: true,
  })
  status?: InvoiceStatus;

  @TextField({ description: 'Only the one with this number.', optional: true, max: 100 })
  number?: string;

  @InstantField({ description: 'Only those whose period ends after this.', optional: true })
  period_from?: string;

  @InstantField({ description: 'Only those whose period begins before this.', optional: true })
  period_to?: string;
}

export class VoidBody {
  @TextField({ description: 'Why; it is kept.', optional: true, max: 1_000 })
  reason?: string;
}

export class PreviewBody {
  @TextField({ description: "The subscription's `external_id`.", max: 255 })
  subscription_id!: string;
}

const PERIOD = Type.Object({ from: InstantText('Start.'), to: InstantText('End.') });

const LINE = Type.Object({
  type: Type.String(),
  subscription_id: Type.String(),
  meter_code: Nullable(Type.String()),
  description: Type.String(),
  units: Type.String(),
  unit_amount: Type.String({ description: 'In major units.' }),
  amount: Type.Integer(),
  period: PERIOD,
  details: Type.Record(Type.String(), Type.Any(), { description: 'The steps of the price.' }),
  provenance: Nullable(
    Type.Object({
      plan_code: Type.String(),
      plan_version: Type.Integer(),
      meter_version: Nullable(Type.Integer()),
      charge_index: Nullable(Type.Integer()),
      position: Type.Integer({ description: 'Log position that the usage was read at.' }),
      record_count: Type.Integer(),
      digest: Type.String({ description: 'Order-free digest of the records counted.' }),
    }),
  ),
});

const CONTENT = {
  customer_id: Type.String(),
  subscription_id: Type.String(),
  currency: Type.String(),
  subtotal: Type.Integer(),
  coupons: Type.Integer(),
  taxes: Type.Integer(),
  credits: Type.Integer(),
  total: Type.Integer({ description: "In the currency's smallest unit." }),
  period: PERIOD,
  lines: Type.Array(LINE),
};

export const InvoiceAnswer = answer(
  'Invoice',
  Type.Object({
    id: Type.String({ format: 'uuid' }),
    number: Nullable(Type.String({ description: 'Without gaps per tenant; null until final.' })),
    status: Type.String({ enum: [...INVOICE_STATUSES] }),
    payment_status: Type.String({
      enum: ['pending', 'succeeded'],
      description: 'Succeeded for invoices that gather fees which were settled before.',
    }),
    ...CONTENT,
    timezone: Type.String({ description: 'Zone that the days of the period are counted in.' }),
    plan_code: Type.String(),
    plan_version: Type.Integer(),
    finalize_at: InstantText('When a draft becomes final by itself.'),
    issued_at: Nullable(InstantText('When it became final.')),
    voided_at: Nullable(InstantText('When it was voided.')),
    void_reason: Nullable(Type.String()),
    position: Nullable(Type.Integer({ description: 'Log position of the final computation.' })),
  }),
);

export const InvoicePage = pageOf('Invoice', InvoiceAnswer);

export const PreviewAnswer = answer(
  'InvoicePreview',
  Type.Object({
    ...CONTENT,
    due_at: InstantText('When it would be drafted.'),
    position: Nullable(
      Type.Integer({ description: 'Log position that the figures reflect at least.' }),
    ),
  }),
);

/** Coupons, taxes and credits are none yet; they stand here so that `total` always explains itself. */
const NOTHING_TAKEN_OFF = { coupons: 0, taxes: 0, credits: 0 };

export const invoiceAnswer = (invoice: InvoiceView): object => ({
  id: invoice.invoiceId,
  number: invoice.number,
  customer_id: invoice.customerId,
  subscription_id: invoice.subscriptionId,
  status: invoice.status,
  payment_status: invoice.occasion === 'paid_fees' ? 'succeeded' : 'pending',
  currency: invoice.currency,
  subtotal: invoice.subtotal,
  ...NOTHING_TAKEN_OFF,
  total: invoice.total,
  period: periodAnswer(invoice.period),
  timezone: invoice.timezone,
  plan_code: invoice.planCode,
  plan_version: invoice.planVersion,
  finalize_at: toIso(invoice.finalizeAt),
  issued_at: isoOrNull(invoice.issuedAt),
  voided_at: isoOrNull(invoice.voidedAt),
  void_reason: invoice.voidReason,
  position: invoice.usagePosition,
  lines: invoice.lines.map(lineAnswer),
});

export const previewAnswer = (preview: InvoicePreview): object => ({
  customer_id: preview.customerId,
  subscription_id: preview.subscriptionId,
  currency: preview.currency,
  subtotal: preview.subtotal,
  ...NOTHING_TAKEN_OFF,
  total: preview.total,
  period: periodAnswer(preview.period),
  due_at: toIso(preview.dueAt),
  position: preview.position,
  lines: preview.lines.map(lineAnswer),
});

const lineAnswer = (line: InvoiceLine): object => ({
  type: line.type,
  subscription_id: line.subscriptionId,
  meter_code: line.meterCode ?? null,
  description: line.description,
  units: line.units,
  unit_amount: line.unitAmount,
  amount: line.amount,
  period: line.period,
  details: line.details,
  provenance: line.provenance
    ? {
        plan_code: line.provenance.planCode,
        plan_version: line.provenance.planVersion,
        meter_version: line.provenance.meterVersion ?? null,
        charge_index: line.provenance.chargeIndex ?? null,
        position: line.provenance.position,
        cut: [...(line.provenance.cut ?? [])],
        record_count: line.provenance.recordCount,
        digest: line.provenance.digest,
      }
    : null,
});

const periodAnswer = ({ from, to }: { readonly from: Instant; readonly to: Instant }): object => ({
  from: toIso(from),
  to: toIso(to),
});

const isoOrNull = (instant: Instant | null): string | null =>
  instant === null ? null : toIso(instant);
