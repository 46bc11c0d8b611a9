export { createUsageQueries, type ReadCut, type UsageQueries } from './usage/usage.query.js';
export type { ReadLog } from './usage/read-log.js';
export { USAGE_PROJECTION, usageProjection } from './usage/usage.projection.js';
export type { WindowsAnswer } from './usage/usage-reader.js';
export type { WindowsRequest } from './usage/window-series.js';
export {
  USAGE_RECORDS_PAGE_MAX,
  USAGE_RECORDS_SCAN_MAX,
  recordFields,
  type UsageRecordRow,
  type UsageRecordsPage,
} from './usage/usage-records.js';
export type { UsageRecordsRequest } from './usage/usage-records-request.js';
export type { RecordExport } from './usage/record-export.js';
export type { PayerKind } from './usage/metered-subjects.js';
export { UNBILLED_KINDS, type UnbilledRecords } from './usage/unbilled.js';
export type { RecordHistory, RecordRequest } from './usage/record-history.js';
export { RECORD_STATUSES, type RecordStatus } from './usage/usage-batch.js';
export { billingScheduleProjection } from './billing-schedule/billing-schedule.projection.js';
export { billingQueries } from './billing-queries.js';
export {
  billedSubscriptionsOf,
  SUBSCRIPTIONS_OF_CUSTOMER_MAX,
} from './billing-schedule/billing-schedule.query.js';
export { BILLING_SCHEDULE } from './billing-schedule/billing-schedule.table.js';
export { INVOICE_STATUSES, type InvoiceStatus, type InvoiceView } from './invoices/invoice-row.js';
export { invoicesProjection } from './invoices/invoices.projection.js';
export {
  findInvoice,
  listInvoices,
  type InvoicesPage,
  type InvoicesRequest,
} from './invoices/invoices.query.js';
export { INVOICES } from './invoices/invoices.table.js';
export { recountUsage } from './usage/recount.js';
export type { ComparedUsage } from './usage/compare-meters.js';
export { controlPlaneProjections } from './registry.js';
export { createReadDataSource, READ_CONNECTIONS_DEFAULT } from './read-data-source.js';
export {
  decodeCursor,
  encodeCursor,
  PAGE_LIMIT_DEFAULT,
  PAGE_LIMIT_MAX,
  type CursorKey,
  type Page,
  type PageRequest,
} from './cursor.js';
export {
  findKeyByHash,
  findTenant,
  listApiKeys,
  type ApiKeyView,
  type KeyAccess,
  type TenantView,
} from './access/access.query.js';
export {
  findFeature,
  findMeter,
  findMeterVersion,
  findPlan,
  findPlanVersion,
  listFeatures,
  listMeters,
  listPlans,
  meterVersions,
  planVersions,
  type CatalogRequest,
  type Current,
} from './catalog/catalog.query.js';
export { findClock, listClocks, type ClockView } from './clocks/clocks.query.js';
export {
  findCustomer,
  knownCustomers,
  listCustomers,
  type CustomersRequest,
  type CustomerView,
} from './customers/customers.query.js';
export {
  findSubscription,
  knownSubscriptions,
  listSubscriptions,
  SUBSCRIPTION_STATUSES,
  subscriptionsOf,
  type SubscriptionsRequest,
  type SubscriptionStatus,
  type SubscriptionView,
} from './subscriptions/subscriptions.query.js';
export { feesProjection } from './fees/fees.projection.js';
export { findFee, listFees, type FeesRequest, type FeeView } from './fees/fees.query.js';
export { FEES } from './fees/fees.table.js';
