export { createUsageQueries, type UsageQueries } from './usage/usage.query.js';
export { USAGE_PROJECTION, usageProjection, type ReadLog } from './usage/usage.projection.js';
export type { WindowsAnswer, WindowsRequest } from './usage/usage-reader.js';
export {
  USAGE_RECORDS_PAGE_MAX,
  USAGE_RECORDS_SCAN_MAX,
  type UsageRecordRow,
  type UsageRecordsPage,
  type UsageRecordsRequest,
} from './usage/usage-records.js';
export { RECORD_STATUSES, type RecordStatus } from './usage/usage-batch.js';
export { billingScheduleProjection } from './billing-schedule/billing-schedule.projection.js';
export {
  billedSubscription,
  billedSubscriptionsOf,
  dueItems,
  SUBSCRIPTIONS_OF_CUSTOMER_MAX,
} from './billing-schedule/billing-schedule.query.js';
export { BILLING_SCHEDULE } from './billing-schedule/billing-schedule.table.js';
export { INVOICE_STATUSES, type InvoiceStatus, type InvoiceView } from './invoices/invoice-row.js';
export { invoicesProjection } from './invoices/invoices.projection.js';
export {
  finalInvoicesOf,
  findInvoice,
  listInvoices,
  type InvoicesPage,
  type InvoicesRequest,
} from './invoices/invoices.query.js';
export { INVOICES } from './invoices/invoices.table.js';
export { recountUsage } from './usage/recount.js';
