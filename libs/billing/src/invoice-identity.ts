import {
  streamIdOf,
  toIso,
  type BilledSubscription,
  type Instant,
  type ScheduledInvoice,
} from '@odometer/domain';
import { v5 as uuidv5 } from 'uuid';

/** Fixed for ever: invoice ids and the ids of number events are derived from it. */
const BILLING_NAMESPACE = '5b0c3f57-6a53-4c0e-8f5e-0d9c4a1e7b26';

/**
 * The id of an invoice says what it is about, so that whoever bills the same thing again, on any machine, bills the same invoice.
 * A fee in advance at the start and the close of the first period begin at the same instant and are told apart.
 */
export function invoiceIdOf(
  subscription: Pick<BilledSubscription, 'tenant' | 'externalId' | 'incarnation'>,
  due: Pick<ScheduledInvoice, 'occasion' | 'period'>,
): string {
  const { tenant, externalId, incarnation } = subscription;
  const start = toIso(due.period.from);
  const opening = due.occasion === 'start' ? ':start' : '';
  return uuidv5(
    `invoice:${tenant}:${encodeURIComponent(externalId)}:${incarnation}:${start}${opening}`,
    BILLING_NAMESPACE,
  );
}

/** The n-th invoice of usage paid in advance in the period that begins at `from`. */
export function advanceInvoiceIdOf(
  { tenant, externalId, incarnation }: Life,
  from: Instant,
  sequence: number,
): string {
  return uuidv5(
    `invoice:${tenant}:${encodeURIComponent(externalId)}:${incarnation}:${toIso(from)}:usage:${sequence}`,
    BILLING_NAMESPACE,
  );
}

type Life = Pick<BilledSubscription, 'tenant' | 'externalId' | 'incarnation'>;

/** The book of the fees of a period that are kept off invoices. */
export const feeBookIdOf = ({ tenant, externalId, incarnation }: Life, from: Instant): string =>
  uuidv5(
    `fees:${tenant}:${encodeURIComponent(externalId)}:${incarnation}:${toIso(from)}`,
    BILLING_NAMESPACE,
  );

export const feeIdOf = (bookId: string, sequence: number, index: number): string =>
  uuidv5(`fee:${bookId}:${sequence}:${index}`, BILLING_NAMESPACE);

export const feeBookStreamOf = (tenant: string, bookId: string): string =>
  streamIdOf('fees', tenant, bookId);

/** The invoice that gathers fees which were settled by the time a period closed. */
export const gatheredInvoiceIdOf = (closingInvoiceId: string): string =>
  uuidv5(`invoice:paid-fees:${closingInvoiceId}`, BILLING_NAMESPACE);

export const numberEventIdOf = (tenant: string, invoiceId: string): string =>
  uuidv5(`invoice-number:${tenant}:${invoiceId}`, BILLING_NAMESPACE);

export const invoiceStreamOf = (tenant: string, invoiceId: string): string =>
  streamIdOf('invoice', tenant, invoiceId);

export const numbersStreamOf = (tenant: string): string => `invoice-numbers-${tenant}`;
