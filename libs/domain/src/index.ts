export { fold, type Decider } from './kernel/decider.js';
export { Decimal, decimal, toText, ZERO } from './kernel/decimal.js';
export { fromIso, toIso, type Instant, type Period } from './kernel/instant.js';
export type { JsonObject, JsonValue } from './kernel/json.js';
export { currencyExponent, isKnownCurrency, prorate, toMajor, toMinor } from './kernel/money.js';
export { RuleBroken, type FieldError, type RuleKind } from './kernel/rule-broken.js';
export { streamIdOf, TENANT_ID_PATTERN, usageStreamId } from './kernel/stream-id.js';
export type { Aggregation, AggregationState, Observation } from './metering/aggregation.js';
export { aggregations, findAggregation } from './metering/aggregations/registry.js';
export {
  compileMeter,
  countsIn,
  dimensionsOf,
  type CompiledMeter,
  type CountedRecord,
} from './metering/matching.js';
export { roundQuantity } from './metering/rounding.js';
export { textOf } from './metering/property-text.js';
export type { Meter, MeterAggregation, MeterRounding } from './metering/meter.js';
export { DEFAULT_USAGE_SHARDS, shardOf, shardOfRecord } from './metering/shard.js';
export { subjectOf, type UsageRecord } from './metering/usage-record.js';
export type { Charge } from './pricing/charge.js';
export { validateCharge } from './pricing/charge-validation.js';
export { chargeModels, findChargeModel } from './pricing/charge-models/registry.js';
export {
  effectiveUnitAmount,
  rateCharge,
  type RatedCharge,
  type RatingRequest,
} from './pricing/rating.js';
export type { ChargeModel, ChargeUsage, Price, PriceStep } from './pricing/charge-model.js';
export type { FeatureEvent, MeterEvent, PlanEvent } from './catalog/catalog-events.js';
export {
  PLAN_INTERVALS,
  type Entitlement,
  type Feature,
  type Plan,
  type PlanInterval,
  type ResetInterval,
} from './catalog/plan.js';
export type { CustomerDetails, CustomerEvent } from './customer/customer-events.js';
export type { SubscriptionEvent, SubscriptionTerms } from './subscription/subscription-events.js';
export type {
  InvoiceDraft,
  InvoiceEvent,
  InvoiceLine,
  InvoiceNumberEvent,
  LineProvenance,
} from './invoice/invoice-events.js';
export type { TestClockEvent } from './test-clock/test-clock-events.js';
export { SCOPES, type Scope, type TenantEvent } from './access/access-events.js';
export type {
  ReadUsage,
  UsageAnswer,
  UsageRequest,
  UsageSlice,
  UsageTotal,
} from './metering/usage-slice.js';
