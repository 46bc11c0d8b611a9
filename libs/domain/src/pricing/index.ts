export type { Charge, ChargeFilter } from './charge.js';
export { validateCharge } from './charge-validation.js';
export type { Adjustment, AdjustmentContext } from './adjustments/adjustment.js';
export type { PricedAdjustment } from './adjustments/adjust-charge.js';
export { validateAdjustments } from './adjustments/adjustment-validation.js';
export { applyAdjustments } from './adjustments/apply-adjustments.js';
export { adjustmentTypes } from './adjustments/registry.js';
export {
  type ChargeEstimate,
  type EstimatedPart,
  type SupposedUsage,
} from './estimate/estimate-charge.js';
export { estimatePlan, type PlanEstimate } from './estimate/estimate-plan.js';
export { chargeModels, findChargeModel } from './charge-models/registry.js';
export { effectiveUnitAmount, rateCharge, type RatedCharge, type RatingRequest } from './rating.js';
export type { ChargeModel, ChargeUsage, Price, PriceStep, UsageEvent } from './charge-model.js';
export {
  CHARGE_FILTERS_MAX,
  CHARGE_GROUP_KEYS_MAX,
  partGroupOf,
  partKeyOf,
  partProperties,
  type PartKey,
} from './charge-filter.js';
export {
  PRICE_PROPERTY,
  priceNamed,
  readsEvents,
  withUnused,
  type ChargePart,
  type ChargeStretch,
} from './rate-part.js';
export type { UnitRounding } from './prorated-units.js';
