import { checkCode, checkInteger, checkName } from '../kernel/field-check.js';
import { isKnownCurrency } from '../kernel/money.js';
import type { FieldError } from '../kernel/rule-broken.js';
import type { Charge } from '../pricing/charge.js';
import { validateAdjustments } from '../pricing/adjustments/adjustment-validation.js';
import { checkParts } from '../pricing/charge-filter.js';
import { checkTerms, type ChargedMeter } from '../pricing/charge-terms.js';
import { validateCharge } from '../pricing/charge-validation.js';
import { checkEntitlements } from './entitlement-check.js';
import { PLAN_INTERVALS, type Feature, type Plan } from './plan.js';

/** What a plan may refer to: the tenant's meters and features that are not archived, by code. */
export interface PlanSurroundings {
  readonly meters: ReadonlyMap<string, ChargedMeter>;
  readonly features: ReadonlyMap<string, Feature['type']>;
}

export const PLAN_CHARGES_MAX = 100;

/**
 * Everything that is wrong with a plan. Two charges on one meter are allowed: each prices the same usage in its own way, as a
 * price per unit beside a price per package does.
 */
export function checkPlan(plan: Omit<Plan, 'version'>, known: PlanSurroundings): FieldError[] {
  return [
    ...checkCode(plan.code, '/code'),
    ...checkName(plan.name, '/name'),
    ...checkCurrency(plan.currency),
    ...checkInterval(plan.interval),
    ...checkInteger(plan.amount, '/amount', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    ...checkCharges(plan.charges, known.meters),
    ...checkEntitlements(plan.entitlements, known.features),
  ];
}

function checkCurrency(currency: string): FieldError[] {
  if (isKnownCurrency(currency)) return [];
  const detail = 'Must be an ISO 4217 code in capitals, such as "EUR".';
  return [{ pointer: '/currency', code: 'unknown_currency', detail }];
}

function checkInterval(interval: string): FieldError[] {
  if (PLAN_INTERVALS.some((known) => known === interval)) return [];
  const detail = `Must be one of ${PLAN_INTERVALS.join(', ')}.`;
  return [{ pointer: '/interval', code: 'unknown_interval', detail }];
}

function checkCharges(
  charges: readonly Charge[],
  meters: PlanSurroundings['meters'],
): FieldError[] {
  if (charges.length > PLAN_CHARGES_MAX) {
    const detail = `Must have at most ${PLAN_CHARGES_MAX} charges.`;
    return [{ pointer: '/charges', code: 'too_many', detail }];
  }
  return charges.flatMap((charge, index) => {
    const pointer = `/charges/${index}`;
    const errors = checkCharge(charge, pointer);
    const meter = meters.get(charge.meterCode);
    if (meter !== undefined) return [...errors, ...checkTerms(charge, meter, pointer)];
    const detail = `No meter ${charge.meterCode}.`;
    return [{ pointer: `${pointer}/meter_code`, code: 'unknown_meter', detail }, ...errors];
  });
}

/** The prices of a charge and of its filters, and how its records are told apart. */
function checkCharge(charge: Charge, pointer: string): FieldError[] {
  const { model, filters = [], displayName } = charge;
  return [
    ...validateCharge(charge, pointer),
    ...filters.flatMap(({ properties }, index) =>
      validateCharge({ model, properties }, `${pointer}/filters/${index}`).filter(
        (error) => error.code !== 'unknown_charge_model',
      ),
    ),
    ...validateAdjustments(charge.adjustments ?? [], `${pointer}/adjustments`),
    ...checkParts(charge, pointer),
    ...(displayName === undefined ? [] : checkName(displayName, `${pointer}/display_name`)),
  ];
}
