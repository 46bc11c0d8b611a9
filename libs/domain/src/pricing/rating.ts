import { Decimal, toText, ZERO } from '../kernel/decimal.js';
import type { JsonObject } from '../kernel/json.js';
import { toMinor } from '../kernel/money.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import type { Charge } from './charge.js';
import type { ChargeUsage, PriceStep } from './charge-model.js';
import { findChargeModel } from './charge-models/registry.js';

/** Places to which an effective unit price is carried where it has no end. */
export const UNIT_AMOUNT_DECIMAL_PLACES = 15;

export interface RatingRequest {
  /** A charge whose properties passed `validateCharge`. */
  readonly charge: Pick<Charge, 'model' | 'properties'>;
  /** After the meter's rounding; may be below zero, which is priced as 0. */
  readonly usage: ChargeUsage;
  /** ISO 4217. */
  readonly currency: string;
}

/** What a charge comes to; the fields of an invoice line that pricing decides. */
export interface RatedCharge {
  /** Decimal text, never below zero. */
  readonly units: string;
  /** Integer in the currency's minor unit: the exact price rounded once, a half away from zero. */
  readonly amount: number;
  /** Decimal text in major units: exact price / units, carried to 15 places; "0" without units. */
  readonly unitAmount: string;
  /** `{ amount, steps: [{ label, units, unit_amount, flat_amount, amount }] }`, exact decimal texts in major units. */
  readonly details: JsonObject;
}

/** Rates the usage of one charge in one period. Throws RuleBroken `unknown_charge_model`, and those of `toMinor`. */
export function rateCharge({ charge, usage, currency }: RatingRequest): RatedCharge {
  const model = findChargeModel(charge.model);
  if (model === undefined) {
    throw new RuleBroken('unknown_charge_model', `There is no charge model ${charge.model}.`);
  }
  const units = usage.units.lt(0) ? ZERO : usage.units;
  const price = model.price({ ...usage, units }, charge.properties);
  return {
    units: toText(units),
    amount: toMinor(price.amount, currency),
    unitAmount: toText(effectiveUnitAmount(price.amount, units)),
    details: { amount: toText(price.amount), steps: price.steps.map(stepDetails) },
  };
}

/** What one unit cost on average, in major units; 0 without units. For showing only: nothing is computed from it. */
export function effectiveUnitAmount(amount: Decimal, units: Decimal): Decimal {
  if (units.eq(0)) return ZERO;
  return amount.div(units).round(UNIT_AMOUNT_DECIMAL_PLACES, Decimal.roundHalfUp);
}

export const stepDetails = (step: PriceStep): JsonObject => ({
  label: step.label,
  units: toText(step.units),
  unit_amount: toText(step.unitAmount),
  flat_amount: toText(step.flatAmount),
  amount: toText(step.amount),
});
