import { FEE_PAYMENT_STATUSES, toIso, type FeePaymentStatus } from '@odometer/domain';
import type { FeeView } from '@odometer/read-models';
import { Type } from '@sinclair/typebox';
import { answer, InstantText, Nullable, pageOf } from '../http/answers.js';
import { ChoiceField, TextField } from '../http/fields.js';
import { PageQuery } from '../http/paging.js';

export class FeesQuery extends PageQuery {
  @TextField({ description: 'Only those of this customer.', optional: true, max: 255 })
  customer_id?: string;

  @TextField({ description: 'Only those of this subscription.', optional: true, max: 255 })
  subscription_id?: string;

  @ChoiceField({
    description: 'Only those with this payment status.',
    values: FEE_PAYMENT_STATUSES,
    optional: true,
  })
  payment_status?: FeePaymentStatus;
}

export class SettleBody {
  @ChoiceField({ description: 'What became of the fee.', values: FEE_PAYMENT_STATUSES })
  payment_status!: FeePaymentStatus;
}

export const FeeAnswer = answer(
  'Fee',
  Type.Object({
    id: Type.String(),
    customer_id: Type.String(),
    subscription_id: Type.String(),
    meter_code: Type.String(),
    description: Type.String(),
    transaction_id: Nullable(
      Type.String({ description: 'The record; null for units that were carried over.' }),
    ),
    timestamp: Nullable(InstantText('Time of the record.')),
    units: Type.String(),
    unit_amount: Type.String({ description: 'In major units.' }),
    amount: Type.Integer({ description: "In the currency's smallest unit." }),
    currency: Type.String(),
    plan_code: Type.String(),
    plan_version: Type.Integer(),
    period: Type.Object({ from: InstantText('Start.'), to: InstantText('End.') }),
    charged_at: InstantText('When it was charged.'),
    payment_status: Type.String({ enum: [...FEE_PAYMENT_STATUSES] }),
    invoice_id: Nullable(Type.String({ description: 'The invoice that gathered it.' })),
  }),
);

export const FeePage = pageOf('Fee', FeeAnswer);

export const feeAnswer = (fee: FeeView): object => ({
  id: fee.feeId,
  customer_id: fee.customerId,
  subscription_id: fee.subscriptionId,
  meter_code: fee.meterCode,
  description: fee.description,
  transaction_id: fee.transactionId,
  timestamp: fee.timestamp,
  units: fee.units,
  unit_amount: fee.unitAmount,
  amount: fee.amount,
  currency: fee.currency,
  plan_code: fee.planCode,
  plan_version: fee.planVersion,
  period: { from: toIso(fee.period.from), to: toIso(fee.period.to) },
  charged_at: toIso(fee.chargedAt),
  payment_status: fee.paymentStatus,
  invoice_id: fee.invoiceId,
});
