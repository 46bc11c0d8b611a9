import type { DueRequest, Instant } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import {
  billedSubscription,
  billedSubscriptionsOf,
  dueItems,
  runningInAdvance,
} from './billing-schedule/billing-schedule.query.js';
import { feesToGather } from './fees/fees.query.js';
import { finalInvoicesOf, latestAdvanceInvoice } from './invoices/invoices.query.js';

/** One subscription from its start to its end; its id may be used again. */
interface Life {
  readonly externalId: string;
  readonly incarnation: number;
}

/** What billing asks of read models other than that of usage, in the shape in which it asks. */
export const billingQueries = (sql: SqlClient) => ({
  schedule: {
    due: (request: DueRequest) => dueItems(sql, request),
    inAdvance: (request: Omit<DueRequest, 'limit'>) => runningInAdvance(sql, request),
    subscription: (tenant: string, externalId: string, incarnation?: number) =>
      billedSubscription(sql, tenant, externalId, incarnation),
    subscriptionsOf: (tenant: string, customerId: string) =>
      billedSubscriptionsOf(sql, tenant, customerId),
  },
  feesToGather: (tenant: string, life: Life, limit: number) =>
    feesToGather(sql, tenant, life, limit),
  advanceInvoice: (tenant: string, life: Life, from: Instant) =>
    latestAdvanceInvoice(sql, tenant, life, from),
  finalInvoices: (tenant: string, life: Life, limit: number) =>
    finalInvoicesOf(sql, tenant, life, limit),
});
