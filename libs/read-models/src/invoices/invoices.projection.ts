import type { InvoiceDraft, InvoiceEvent, InvoiceFinal } from '@odometer/domain';
import { readDomainEvent, type RecordedEvent } from '@odometer/event-store';
import type { Projection, SqlClient } from '@odometer/projections';
import { createInvoicesTable, INVOICES } from './invoices.table.js';

const TYPES: readonly InvoiceEvent['type'][] = [
  'InvoiceDrafted',
  'InvoiceFinalized',
  'InvoiceVoided',
];

/** Every invoice with all its lines. */
export const invoicesProjection: Projection = {
  name: INVOICES,
  version: 1,
  shards: 1,
  filter: () => [{ types: TYPES }],
  init: createInvoicesTable,
  handler: ({ schema }) => ({
    apply: async (sql, events) => {
      for (const event of events) await applyOne(sql, `${schema}.invoices`, event);
    },
  }),
};

async function applyOne(sql: SqlClient, table: string, recorded: RecordedEvent): Promise<void> {
  const event = readDomainEvent(recorded) as unknown as InvoiceEvent;
  const { tenant, recordedAt } = recorded.metadata;
  switch (event.type) {
    case 'InvoiceDrafted':
      return change(sql, insertDraft(table, tenant, event.data, recorded.position));
    case 'InvoiceFinalized':
      return change(sql, updateFinal(table, tenant, event.data));
    case 'InvoiceVoided':
      return change(sql, {
        text: `UPDATE ${table} SET status = 'voided', voided_at = $3, void_reason = $4
                WHERE tenant = $1 AND invoice_id = $2`,
        values: [tenant, event.data.invoiceId, recordedAt, event.data.reason],
      });
  }
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** An event of an invoice that is not there means a damaged log or table: the projection stops. */
async function change(sql: SqlClient, statement: Statement): Promise<void> {
  const { rowCount } = await sql.query(statement);
  if (rowCount !== 1) throw new Error(`invoice ${String(statement.values[1])} is not in the table`);
}

function insertDraft(
  table: string,
  tenant: string,
  draft: InvoiceDraft,
  position: number,
): Statement {
  return {
    text: `INSERT INTO ${table}
             (tenant, invoice_id, status, customer_id, subscription_id, incarnation, occasion, plan_code,
              plan_version, currency, timezone, period_from, period_to, finalize_at, subtotal, total,
              lines, counted, created_position)
           VALUES ($1, $2, 'draft', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
    values: [
      tenant,
      draft.invoiceId,
      draft.customerId,
      draft.subscriptionId,
      draft.incarnation,
      draft.occasion,
      draft.planCode,
      draft.planVersion,
      draft.currency,
      draft.timezone,
      draft.period.from,
      draft.period.to,
      draft.finalizeAt,
      draft.subtotal,
      draft.total,
      JSON.stringify(draft.lines),
      JSON.stringify(draft.counted),
      position,
    ],
  };
}

const updateFinal = (table: string, tenant: string, final: InvoiceFinal): Statement => ({
  text: `UPDATE ${table} SET status = 'finalized', number = $3, issued_at = $4, subtotal = $5, total = $6,
           lines = $7, counted = $8, usage_position = $9
          WHERE tenant = $1 AND invoice_id = $2`,
  values: [
    tenant,
    final.invoiceId,
    final.number,
    final.issuedAt,
    final.subtotal,
    final.total,
    JSON.stringify(final.lines),
    JSON.stringify(final.counted),
    final.position,
  ],
});
