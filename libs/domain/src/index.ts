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
export * from './metering/index.js';
export * from './pricing/index.js';
export { propertiesCheck } from './kernel/schema-check.js';
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
export * from './invoice/index.js';
export { feeBookDecider, type FeeBook, type FeeCommand } from './fee/fee-book.js';
export {
  FEE_PAYMENT_STATUSES,
  type Fee,
  type FeeEvent,
  type FeePaymentStatus,
  type FeesCharged,
} from './fee/fee-events.js';
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
export {
  amendedRecord,
  correctionDecider,
  REASON_LENGTH_MAX,
  type CorrectableRecord,
  type CorrectionCommand,
  type RecordChanges,
} from './correction/correction.js';
export type { CorrectionEvent, RecordIdentity } from './correction/correction-events.js';
