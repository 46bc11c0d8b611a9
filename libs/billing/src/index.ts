export {
  createBiller,
  type BillDueRequest,
  type BillDueResult,
  type Biller,
  type BillingFault,
} from './biller.js';
export type {
  BillerPorts,
  Catalog,
  ReadFinalInvoices,
  Schedule,
  UsagePorts,
} from './biller-ports.js';
export { NotBillable, NumberingContended, ReadModelsBehind } from './billing-errors.js';
export { catalogFromLog } from './catalog-from-log.js';
export { invoiceIdOf, invoiceStreamOf, numbersStreamOf } from './invoice-identity.js';
export { invoiceNumberOf } from './invoice-numbers.js';
export { pastUsageOf, type PastUsage } from './past-usage.js';
export {
  createUsageReports,
  type ChargeInUse,
  type CurrentUsage,
  type InvoicePreview,
  type UsageGroup,
  type UsageReports,
} from './usage-report.js';
