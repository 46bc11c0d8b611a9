import type { CountedUsage, FinalInvoice, Instant } from '@odometer/domain';
import { schemaOf, type SqlClient } from '@odometer/projections';
import {
  toInvoiceView,
  type InvoiceRow,
  type InvoiceStatus,
  type InvoiceView,
} from './invoice-row.js';
import { INVOICES } from './invoices.table.js';

const TABLE = `${schemaOf(INVOICES)}.invoices`;

export interface InvoicesRequest {
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: number | undefined;
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly status?: InvoiceStatus | undefined;
  readonly number?: string | undefined;
  /** Invoices whose period shares an instant with `[periodFrom, periodTo)`. */
  readonly periodFrom?: Instant | undefined;
  readonly periodTo?: Instant | undefined;
}

export interface InvoicesPage {
  readonly data: readonly InvoiceView[];
  /** Null on the last page. */
  readonly nextCursor: number | null;
}

/** One invoice with its lines; null when the tenant has none of that id. */
export async function findInvoice(
  sql: SqlClient,
  tenant: string,
  invoiceId: string,
): Promise<InvoiceView | null> {
  const { rows } = await sql.query<InvoiceRow>(
    `SELECT * FROM ${TABLE} WHERE tenant = $1 AND invoice_id = $2`,
    [tenant, invoiceId],
  );
  const [row] = rows;
  return row === undefined ? null : toInvoiceView(row);
}

/** Invoices of a tenant, the one drafted last first. */
export async function listInvoices(
  sql: SqlClient,
  tenant: string,
  request: InvoicesRequest,
): Promise<InvoicesPage> {
  const values: unknown[] = [tenant];
  const conditions = ['tenant = $1'];
  for (const [condition, value] of conditionsOf(request)) {
    if (value === undefined) continue;
    values.push(value);
    conditions.push(`${condition} $${values.length}`);
  }
  values.push(request.limit + 1);
  const { rows } = await sql.query<InvoiceRow>(
    `SELECT * FROM ${TABLE} WHERE ${conditions.join(' AND ')}
      ORDER BY created_position DESC LIMIT $${values.length}`,
    values,
  );
  const data = rows.slice(0, request.limit).map(toInvoiceView);
  const nextCursor = rows.length > request.limit ? (data.at(-1)?.createdPosition ?? null) : null;
  return { data, nextCursor };
}

const conditionsOf = (request: InvoicesRequest): [string, unknown][] => [
  ['created_position <', request.cursor],
  ['customer_id =', request.customerId],
  ['subscription_id =', request.subscriptionId],
  ['status =', request.status],
  ['number =', request.number],
  ['period_to >', dateOf(request.periodFrom)],
  ['period_from <', dateOf(request.periodTo)],
];

const dateOf = (instant: Instant | undefined): Date | undefined =>
  instant === undefined ? undefined : new Date(instant);

/**
 * The latest final invoices of one life of a subscription that close a period or open the first one, latest first. Voided ones, and those
 * beside the periods, are not among them.
 */
export async function finalInvoicesOf(
  sql: SqlClient,
  tenant: string,
  life: { readonly externalId: string; readonly incarnation: number },
  limit: number,
): Promise<FinalInvoice[]> {
  const { rows } = await sql.query<InvoiceRow>(
    `SELECT * FROM ${TABLE}
      WHERE tenant = $1 AND subscription_id = $2 AND incarnation = $3 AND status = 'finalized' AND occasion NOT IN ('usage', 'paid_fees')
      ORDER BY period_to DESC, created_position DESC LIMIT $4`,
    [tenant, life.externalId, life.incarnation, limit],
  );
  return rows.map((row) => ({ ...toInvoiceView(row), number: row.number ?? '' }));
}

/** The latest invoice of usage paid in advance for the period that begins at `from`, voided or not, and how many there are. */
export async function latestAdvanceInvoice(
  sql: SqlClient,
  tenant: string,
  life: { readonly externalId: string; readonly incarnation: number },
  from: Instant,
): Promise<{ readonly sequence: number; readonly counted: readonly CountedUsage[] } | null> {
  const { rows } = await sql.query<{ sequence: string; counted: readonly CountedUsage[] }>(
    `SELECT counted, count(*) OVER () AS sequence FROM ${TABLE}
      WHERE tenant = $1 AND subscription_id = $2 AND incarnation = $3 AND occasion = 'usage' AND period_from = $4
      ORDER BY created_position DESC LIMIT 1`,
    [tenant, life.externalId, life.incarnation, new Date(from)],
  );
  const [row] = rows;
  return row === undefined ? null : { sequence: Number(row.sequence), counted: row.counted };
}
