import type { FeeEvent, InvoiceEvent } from '@odometer/domain';
import { changeExisting, foldedProjection } from '../fold-events.js';
import { FEES, feesTables } from './fees.table.js';

type Drafted = Extract<InvoiceEvent, { readonly type: 'InvoiceDrafted' }>;

/** Fees that are kept off invoices, what became of them, and the invoice that gathered them. */
export const feesProjection = foldedProjection<FeeEvent | Drafted>({
  name: FEES,
  version: 1,
  tables: feesTables,
  folds: {
    FeesCharged: (charged, { sql, schema, tenant }) =>
      sql.query({
        name: 'fees_charged',
        text: `INSERT INTO ${schema}.fee
                 (tenant, fee_id, book_id, customer_id, subscription_id, incarnation, plan_code, plan_version,
                  currency, period_from, period_to, charged_at, payment_status, definition)
               SELECT $1, definition ->> 'feeId', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', definition
                 FROM json_array_elements($12::json) WITH ORDINALITY AS fees(definition, place) ORDER BY place`,
        values: [
          tenant,
          charged.bookId,
          charged.customerId,
          charged.subscriptionId,
          charged.incarnation,
          charged.planCode,
          charged.planVersion,
          charged.currency,
          charged.period.from,
          charged.period.to,
          charged.chargedAt,
          JSON.stringify(charged.fees),
        ],
      }),
    FeeSettled: ({ feeId, paymentStatus }, context) =>
      changeExisting(context, {
        name: 'fee_settled',
        text: `UPDATE ${context.schema}.fee SET payment_status = $3 WHERE tenant = $1 AND fee_id = $2`,
        values: [context.tenant, feeId, paymentStatus],
      }),
    InvoiceDrafted: async ({ invoiceId, occasion, lines }, context) => {
      if (occasion !== 'paid_fees') return;
      await changeExisting(context, {
        name: 'fees_gathered',
        text: `UPDATE ${context.schema}.fee SET invoice_id = $3 WHERE tenant = $1 AND fee_id = ANY($2)`,
        values: [context.tenant, lines.map(({ details }) => details['fee_id']), invoiceId],
      });
    },
  },
});
