export type { BillDueRequest, BillDueResult, BillingFault } from './bill-due.js';
export { createBiller, type Biller } from './biller.js';
export type {
  AdvanceInvoice,
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
export type { ChargedPeriod } from './charged-periods.js';
export type { CurrentUsage } from './current-usage.js';
export type { ProjectedUsage } from './projected-usage.js';
export { createUsageReports, type InvoicePreview, type UsageReports } from './usage-report.js';
export type { ChargeInUse, FilterInUse, GroupInUse } from './charge-in-use.js';
export { feeBookStreamOf } from './invoice-identity.js';
