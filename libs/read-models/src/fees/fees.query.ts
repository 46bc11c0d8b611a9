import type { Fee, FeePaymentStatus, Instant, Period } from '@odometer/domain';
import { schemaOf, type SqlClient } from '@odometer/projections';
import { FEES } from './fees.table.js';

const TABLE = `${schemaOf(FEES)}.fee`;

/** A fee as it is shown. */
export interface FeeView extends Fee {
  readonly bookId: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly planCode: string;
  readonly planVersion: number;
  readonly currency: string;
  readonly period: Period;
  readonly chargedAt: Instant;
  readonly paymentStatus: FeePaymentStatus;
  /** The invoice that gathered it; null where none did. */
  readonly invoiceId: string | null;
  /** Later = higher; lists are ordered by it. */
  readonly number: number;
}

export interface FeesRequest {
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: number | undefined;
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly paymentStatus?: FeePaymentStatus | undefined;
}

interface FeeRow {
  readonly book_id: string;
  readonly customer_id: string;
  readonly subscription_id: string;
  readonly plan_code: string;
  readonly plan_version: number;
  readonly currency: string;
  readonly period_from: Date;
  readonly period_to: Date;
  readonly charged_at: Date;
  readonly payment_status: FeePaymentStatus;
  readonly invoice_id: string | null;
  readonly number: string;
  readonly definition: Fee;
}

/** Null when the tenant has no such fee. */
export async function findFee(
  sql: SqlClient,
  tenant: string,
  feeId: string,
): Promise<FeeView | null> {
  const { rows } = await sql.query<FeeRow>(
    `SELECT * FROM ${TABLE} WHERE tenant = $1 AND fee_id = $2`,
    [tenant, feeId],
  );
  const [row] = rows;
  return row === undefined ? null : toView(row);
}

/** The fee charged last first. */
export async function listFees(
  sql: SqlClient,
  tenant: string,
  request: FeesRequest,
): Promise<{ readonly data: readonly FeeView[]; readonly nextCursor: number | null }> {
  const values: unknown[] = [tenant];
  const conditions = ['tenant = $1'];
  for (const [condition, value] of [
    ['number <', request.cursor],
    ['customer_id =', request.customerId],
    ['subscription_id =', request.subscriptionId],
    ['payment_status =', request.paymentStatus],
  ] as const) {
    if (value === undefined) continue;
    values.push(value);
    conditions.push(`${condition} $${values.length}`);
  }
  values.push(request.limit + 1);
  const { rows } = await sql.query<FeeRow>(
    `SELECT * FROM ${TABLE} WHERE ${conditions.join(' AND ')} ORDER BY number DESC LIMIT $${values.length}`,
    values,
  );
  const data = rows.slice(0, request.limit).map(toView);
  const nextCursor = rows.length > request.limit ? (data.at(-1)?.number ?? null) : null;
  return { data, nextCursor };
}

/** Fees of a life that are settled and wait to be gathered on an invoice, oldest first. */
export async function feesToGather(
  sql: SqlClient,
  tenant: string,
  life: { readonly externalId: string; readonly incarnation: number },
  limit: number,
): Promise<FeeView[]> {
  const { rows } = await sql.query<FeeRow>(
    `SELECT * FROM ${TABLE}
      WHERE tenant = $1 AND subscription_id = $2 AND incarnation = $3 AND payment_status = 'succeeded'
        AND invoice_id IS NULL AND (definition ->> 'regroup')::boolean
      ORDER BY number LIMIT $4`,
    [tenant, life.externalId, life.incarnation, limit],
  );
  return rows.map(toView);
}

const toView = (row: FeeRow): FeeView => ({
  ...row.definition,
  bookId: row.book_id,
  customerId: row.customer_id,
  subscriptionId: row.subscription_id,
  planCode: row.plan_code,
  planVersion: row.plan_version,
  currency: row.currency,
  period: { from: row.period_from.getTime(), to: row.period_to.getTime() },
  chargedAt: row.charged_at.getTime(),
  paymentStatus: row.payment_status,
  invoiceId: row.invoice_id,
  number: Number(row.number),
});
