export { fold, type Decider } from './kernel/decider.js';
export { Decimal, decimal, toText, ZERO } from './kernel/decimal.js';
export { fromIso, toIso, type Instant, type Period } from './kernel/instant.js';
export { checkCode, checkExternalId, checkName, refuseInvalid } from './kernel/field-check.js';
export type { JsonObject, JsonValue } from './kernel/json.js';
export {
  currencyExponent,
  isKnownCurrency,
  prorateMinor,
  toMajor,
  toMinor,
} from './kernel/money.js';
export { sameValue } from './kernel/same-value.js';
export { RuleBroken, type FieldError, type RuleKind } from './kernel/rule-broken.js';
export { streamIdOf, TENANT_ID_PATTERN, usageStreamId } from './kernel/stream-id.js';
export type { Aggregation, AggregationState, Observation } from './metering/aggregation.js';
export { aggregations } from './metering/aggregations/registry.js';
export { aggregationExample, aggregationSchema } from './metering/aggregations/settings.js';
export {
  compileRecordExpression,
  recordExpressionProblem,
} from './metering/expression/record-expression.js';
export {
  compileMeter,
  countsIn,
  dimensionsOf,
  observationAt,
  type CompiledMeter,
  type CountedRecord,
} from './metering/matching.js';
export {
  countedEras,
  eraOf,
  meterAggregation,
  type CountedEra,
} from './metering/counted-versions.js';
export { meterAt, validFromOf, validVersions, windowEndOf } from './metering/meter-versions.js';
export { EXPRESSION_LENGTH_MAX } from './metering/expression/limits.js';
export { addToWindow, reachOf, unitsOf, weightingOf } from './metering/counted-window.js';
export {
  attributedSlices,
  customerSlices,
  type AttributedSubscription,
} from './metering/attribution.js';
export type { MeterDefinition } from './metering/meter-check.js';
export {
  meterDecider,
  type ArchiveMeter,
  type DefineMeter,
  type MeterCommand,
  type MeterState,
  type ReviseMeter,
} from './metering/meter-decider.js';
export { roundQuantity } from './metering/rounding.js';
export { textOf } from './metering/property-text.js';
export type { Meter, MeterAggregation, MeterRounding, MeterVersion } from './metering/meter.js';
export { shardOf, shardOfRecord } from './metering/shard.js';
export { subjectOf, type UsageRecord } from './metering/usage-record.js';
export type { Charge, ChargeFilter } from './pricing/charge.js';
export { validateCharge } from './pricing/charge-validation.js';
export type { Adjustment, AdjustmentContext } from './pricing/adjustments/adjustment.js';
export type { PricedAdjustment } from './pricing/adjustments/adjust-charge.js';
export { validateAdjustments } from './pricing/adjustments/adjustment-validation.js';
export { applyAdjustments } from './pricing/adjustments/apply-adjustments.js';
export { adjustmentTypes } from './pricing/adjustments/registry.js';
export {
  type ChargeEstimate,
  type EstimatedPart,
  type SupposedUsage,
} from './pricing/estimate/estimate-charge.js';
export { estimatePlan, type PlanEstimate } from './pricing/estimate/estimate-plan.js';
export { propertiesCheck } from './kernel/schema-check.js';
export { chargeModels, findChargeModel } from './pricing/charge-models/registry.js';
export {
  effectiveUnitAmount,
  rateCharge,
  type RatedCharge,
  type RatingRequest,
} from './pricing/rating.js';
export type {
  ChargeModel,
  ChargeUsage,
  Price,
  PriceStep,
  UsageEvent,
} from './pricing/charge-model.js';
export { totalsOfEvents } from './metering/event-totals.js';
export {
  METERED_EVENTS_MAX,
  type MeteredEvent,
  type MeteredEvents,
  type MeteredEventsRequest,
  type ReadMeteredEvents,
} from './metering/metered-event.js';
export type { FeatureEvent, MeterEvent, PlanEvent } from './catalog/catalog-events.js';
export {
  PLAN_INTERVALS,
  RESET_INTERVALS,
  type Entitlement,
  type Feature,
  type Plan,
  type PlanInterval,
  type ResetInterval,
} from './catalog/plan.js';
export {
  featureDecider,
  type DefineFeature,
  type FeatureCommand,
  type FeatureState,
} from './catalog/feature.js';
export { PLAN_CHARGES_MAX, type PlanSurroundings } from './catalog/plan-check.js';
export {
  planDecider,
  type ArchivePlan,
  type PlanCommand,
  type PlanState,
  type PublishPlan,
} from './catalog/plan-decider.js';
export {
  billingPeriodAt,
  nextPeriod,
  PERIODS_MAX,
  periodsFrom,
  type BillingTerms,
} from './billing-period/billing-period.js';
export { isTimezone, localDayAt, startOfLocalDay } from './billing-period/local-day.js';
export { activePart, dayShare, daysIn, type DayShare } from './billing-period/proration.js';
export {
  balanceOf,
  checkAllowed,
  type Balance,
  type CheckResult,
  type Grant,
  type RefusalReason,
} from './entitlement/balance.js';
export { resetWindowAt, type ResetTerms, type ResetWindow } from './entitlement/reset-window.js';
export {
  customerDecider,
  DEFAULT_TIMEZONE,
  type CustomerChanges,
  type CustomerCommand,
  type CustomerState,
  type PatchCustomer,
  type RegisterCustomer,
} from './customer/customer.js';
export type { CustomerDetails, CustomerEvent } from './customer/customer-events.js';
export {
  subscriptionDecider,
  type ScheduleEnd,
  type StartSubscription,
  type SubscriptionCommand,
  type SubscriptionState,
  type TerminateSubscription,
} from './subscription/subscription.js';
export { endOf, isActiveAt, type SubscriptionEnd } from './subscription/subscription-life.js';
export type { SubscriptionEvent, SubscriptionTerms } from './subscription/subscription-events.js';
export { isOfPeriod } from './invoice/invoice-events.js';
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
} from './invoice/invoice-events.js';
export type {
  BilledSubscription,
  DueItem,
  DueRequest,
  FinalInvoice,
} from './invoice/billed-subscription.js';
export { invoiceDecider, type InvoiceCommand, type InvoiceState } from './invoice/invoice.js';
export { feeBookDecider, type FeeBook, type FeeCommand } from './fee/fee-book.js';
export {
  FEE_PAYMENT_STATUSES,
  type Fee,
  type FeeEvent,
  type FeePaymentStatus,
  type FeesCharged,
} from './fee/fee-events.js';
export { chargeName, partName, type TrueUp } from './invoice/charge-line.js';
export { buildAdvanceLines, newFees, type NewFee } from './invoice/advance-lines.js';
export {
  elapsedOf,
  projectCharge,
  projectTotal,
  type Elapsed,
} from './invoice/projected-charge.js';
export {
  chargeOf,
  detailsOf,
  priceCharge,
  unitAmountOf,
  type ChargeTotal,
  type PricedCharge,
  type PricedPart,
  type PricingTerms,
} from './invoice/priced-charge.js';
export {
  CHARGE_FILTERS_MAX,
  CHARGE_GROUP_KEYS_MAX,
  partGroupOf,
  partKeyOf,
  partProperties,
  type PartKey,
} from './pricing/charge-filter.js';
export {
  PRICE_PROPERTY,
  priceNamed,
  readsEvents,
  withUnused,
  type ChargePart,
  type ChargeStretch,
} from './pricing/rate-part.js';
export type { UnitRounding } from './pricing/prorated-units.js';
export { feeLine, feeOf, type FeeTerms } from './invoice/fee-line.js';
export { buildInvoiceLines, type InvoiceBasis } from './invoice/invoice-lines.js';
export {
  nextInvoice,
  periodFrom,
  runningInvoice,
  stretchOf,
  type InvoicingTerms,
  type LastInvoice,
  type ScheduledInvoice,
} from './invoice/invoice-schedule.js';
export {
  CLOCK_ADVANCE_MS_MAX,
  testClockDecider,
  type TestClockCommand,
  type TestClockState,
} from './test-clock/test-clock.js';
export type { TestClockEvent } from './test-clock/test-clock-events.js';
export {
  API_KEYS_MAX,
  tenantDecider,
  type IssueApiKey,
  type TenantCommand,
  type TenantState,
} from './access/tenant.js';
export {
  DEFAULT_SETTINGS,
  LATE_EVENTS_LIMIT_DAYS_MAX,
  settingsDecider,
  type SettingsEvent,
  type TenantSettings,
} from './settings/settings.js';
export { SCOPES, type Scope, type TenantEvent } from './access/access-events.js';
export type {
  ReadUsage,
  UsageAnswer,
  UsageRequest,
  UsageSlice,
  UsageTotal,
  UsageWeighting,
} from './metering/usage-slice.js';
export {
  USAGE_WINDOWS,
  USAGE_WINDOWS_MAX,
  eachUsageWindow,
  usageWindows,
  type UsageWindow,
} from './metering/usage-windows.js';
export {
  amendedRecord,
  correctionDecider,
  REASON_LENGTH_MAX,
  type CorrectableRecord,
  type CorrectionCommand,
  type RecordChanges,
} from './correction/correction.js';
export type { CorrectionEvent, RecordIdentity } from './correction/correction-events.js';
