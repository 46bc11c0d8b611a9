export { isOfPeriod } from './invoice-events.js';
export type {
  CountedUsage,
  InvoiceContent,
  InvoiceDraft,
  InvoiceEvent,
  InvoiceFinal,
  InvoiceLine,
  InvoiceNumberEvent,
  InvoiceOccasion,
  LineProvenance,
} from './invoice-events.js';
export type {
  BilledSubscription,
  DueItem,
  DueRequest,
  FinalInvoice,
} from './billed-subscription.js';
export { invoiceDecider, type InvoiceCommand, type InvoiceState } from './invoice.js';
export { chargeName, partName, type TrueUp } from './charge-line.js';
export { buildAdvanceLines, newFees, type NewFee } from './advance-lines.js';
export { elapsedOf, projectCharge, projectTotal, type Elapsed } from './projected-charge.js';
export {
  chargeOf,
  detailsOf,
  priceCharge,
  unitAmountOf,
  type ChargeTotal,
  type PricedCharge,
  type PricedPart,
  type PricingTerms,
} from './priced-charge.js';
export { feeLine, feeOf, type FeeTerms } from './fee-line.js';
export { buildInvoiceLines, type InvoiceBasis } from './invoice-lines.js';
export {
  nextInvoice,
  periodFrom,
  runningInvoice,
  stretchOf,
  type InvoicingTerms,
  type LastInvoice,
  type ScheduledInvoice,
} from './invoice-schedule.js';
