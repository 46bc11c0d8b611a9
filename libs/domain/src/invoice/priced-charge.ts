import type { Plan } from '../catalog/plan.js';
import { decimal, toText, ZERO, type Decimal } from '../kernel/decimal.js';
import type { JsonObject } from '../kernel/json.js';
import { toMajor, toMinor } from '../kernel/money.js';
import { sumOfDigests } from '../metering/digest.js';
import type { Meter } from '../metering/meter.js';
import { AdvanceFees } from '../pricing/advance-fees.js';
import type { Charge } from '../pricing/charge.js';
import type { PriceStep } from '../pricing/charge-model.js';
import type { UnitRounding } from '../pricing/prorated-units.js';
import {
  daysOf,
  pricePart,
  type ChargePart,
  type ChargeStretch,
  type PricingContext,
} from '../pricing/rate-part.js';
import { effectiveUnitAmount, stepDetails } from '../pricing/rating.js';

/** The usage of one charge of the plan in one period, as it was read. */
export interface ChargeTotal {
  readonly chargeIndex: number;
  /** The meter by the definition that counted. */
  readonly meter: Meter;
  /** One for each filter and group that has records; a charge without filters and groups has exactly one. */
  readonly parts: readonly ChargePart[];
  /** Position of the log that the total reflects. */
  readonly position: number;
  /** By usage shard; see UsageAnswer. */
  readonly cut: readonly number[];
}

/** One part of a charge, priced. */
export interface PricedPart {
  readonly part: ChargePart;
  /** Never below zero. */
  readonly units: Decimal;
  /** Integer in the smallest unit: the exact price rounded once. */
  readonly amount: number;
  /** Effective price of a unit in major units; 0 without units. */
  readonly unitAmount: Decimal;
  readonly details: JsonObject;
  /** The fees of single records, for charges paid in advance; else null. */
  readonly fees: AdvanceFees | null;
}

/** A charge of a period, priced as a whole. */
export interface PricedCharge {
  readonly charge: Charge;
  readonly usage: ChargeTotal;
  readonly parts: readonly PricedPart[];
  /** What the charge's least amount adds; 0 where the usage reaches it or there is none. */
  readonly trueUp: number;
  /** The least amount for the days of the stretch, in major units; null where the charge has none. */
  readonly minimum: Decimal | null;
  /** Sum of the parts and the true-up. */
  readonly amount: number;
  readonly eventsCount: number;
  /** Order-free digest of all records counted. */
  readonly digest: string;
}

/** A charge of the plan. Throws a plain error for an index that the plan does not have: a total of another plan. */
export function chargeOf(plan: Plan, chargeIndex: number): Charge {
  const charge = plan.charges[chargeIndex];
  if (charge === undefined)
    throw new Error(`plan ${plan.code} version ${plan.version} has no charge ${chargeIndex}`);
  return charge;
}

/** Prices the usage of a charge, also where it comes to nothing. */
export function priceCharge(
  plan: Plan,
  usage: ChargeTotal,
  terms: { readonly stretch: ChargeStretch; readonly unitRounding: UnitRounding },
): PricedCharge {
  const charge = chargeOf(plan, usage.chargeIndex);
  const context = { ...terms, meter: usage.meter, currency: plan.currency };
  const parts = usage.parts.map((part) => priceOfPart(charge, part, context));
  const used = parts.reduce((sum, { amount }) => sum + amount, 0);
  const minimum = minimumOf(charge, terms.stretch, plan.currency);
  const trueUp = trueUpOf(minimum, used, plan.currency);
  return {
    charge,
    usage,
    parts,
    trueUp,
    minimum,
    amount: used + trueUp,
    eventsCount: parts.reduce((sum, { part }) => sum + part.total.eventsCount, 0),
    digest: sumOfDigests(usage.parts.map(({ total }) => total.digest)),
  };
}

function priceOfPart(charge: Charge, part: ChargePart, context: PricingContext): PricedPart {
  const { value } = part.total;
  const units = value.lt(0) ? ZERO : value;
  if (charge.payInAdvance === true) return inAdvance(charge, part, units, context);
  const price = pricePart(charge, part, context);
  return {
    part,
    units,
    amount: toMinor(price.amount, context.currency),
    unitAmount: effectiveUnitAmount(price.amount, units),
    details: detailsOf(price.amount, price.steps),
    fees: null,
  };
}

function inAdvance(
  charge: Charge,
  part: ChargePart,
  units: Decimal,
  context: PricingContext,
): PricedPart {
  const fees = new AdvanceFees(charge, part, context);
  const { amount } = fees;
  const exact = toMajor(amount, context.currency);
  const unitAmount = effectiveUnitAmount(exact, units);
  return { part, units, amount, unitAmount, details: detailsOf(exact, []), fees };
}

const detailsOf = (amount: Decimal, steps: readonly PriceStep[]): JsonObject => ({
  amount: toText(amount),
  steps: steps.map(stepDetails),
});

function minimumOf(
  { minAmount = 0 }: Charge,
  stretch: ChargeStretch,
  currency: string,
): Decimal | null {
  if (minAmount === 0) return null;
  const { days, fullDays } = daysOf(stretch);
  return toMajor(minAmount, currency).times(decimal(days)).div(fullDays);
}

function trueUpOf(minimum: Decimal | null, used: number, currency: string): number {
  if (minimum === null) return 0;
  return Math.max(0, toMinor(minimum.minus(toMajor(used, currency)), currency));
}
