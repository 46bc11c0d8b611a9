import type { Plan } from '../catalog/plan.js';
import { toText, ZERO, type Decimal } from '../kernel/decimal.js';
import type { JsonObject } from '../kernel/json.js';
import { toMajor, toMinor } from '../kernel/money.js';
import { sumOfDigests } from '../metering/digest.js';
import type { Meter } from '../metering/meter.js';
import { adjustCharge, type PricedAdjustment } from '../pricing/adjustments/adjust-charge.js';
import { AdvanceFees } from '../pricing/advance-fees.js';
import type { Charge } from '../pricing/charge.js';
import type { Price } from '../pricing/charge-model.js';
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
  /** In major units. What is shown of it, `unitAmountOf` and `detailsOf` say when it is shown: a charge may have thousands of parts. */
  readonly price: Price;
  /** The fees of single records, for charges paid in advance; else null. */
  readonly fees: AdvanceFees | null;
}

/** A charge of a period, priced as a whole. */
export interface PricedCharge {
  readonly charge: Charge;
  readonly usage: ChargeTotal;
  readonly parts: readonly PricedPart[];
  /** In the order in which they are applied; those that change nothing are left out. */
  readonly adjustments: readonly PricedAdjustment[];
  /** Sum of the parts and the adjustments. */
  readonly amount: number;
  readonly eventsCount: number;
  /** Order-free digest of all records counted. */
  readonly digest: string;
}

/** What a charge is priced by besides its usage. */
export interface PricingTerms {
  readonly stretch: ChargeStretch;
  readonly unitRounding: UnitRounding;
  /** False for an amount so far: what is only known at the end of the period, as a least amount is, is then left out. */
  readonly closesPeriod: boolean;
}

/** A charge of the plan. Throws a plain error for an index that the plan does not have: a total of another plan. */
export function chargeOf(plan: Plan, chargeIndex: number): Charge {
  const charge = plan.charges[chargeIndex];
  if (charge === undefined)
    throw new Error(`plan ${plan.code} version ${plan.version} has no charge ${chargeIndex}`);
  return charge;
}

/** Prices the usage of a charge, also where it comes to nothing. */
export function priceCharge(plan: Plan, usage: ChargeTotal, terms: PricingTerms): PricedCharge {
  const charge = chargeOf(plan, usage.chargeIndex);
  const context = { ...terms, meter: usage.meter, currency: plan.currency };
  const parts = usage.parts.map((part) => priceOfPart(charge, part, context));
  const used = parts.reduce((sum, { amount }) => sum + amount, 0);
  const { stretch, closesPeriod } = terms;
  const adjustments = adjustCharge(charge, used, plan.currency, () => ({
    closesPeriod,
    ...daysOf(stretch),
  }));
  return {
    charge,
    usage,
    parts,
    adjustments,
    amount: adjustments.reduce((sum, { amount }) => sum + amount, used),
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
    price,
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
  const price = { amount: toMajor(amount, context.currency), steps: [] };
  return { part, units, amount, price, fees };
}

/** Effective price of a unit of a part in major units, as decimal text; 0 without units. */
export const unitAmountOf = ({ price, units }: PricedPart): string =>
  toText(effectiveUnitAmount(price.amount, units));

/** How the price of a part came about, as decimal texts in major units. */
export const detailsOf = ({ price: { amount, steps } }: PricedPart): JsonObject => ({
  amount: toText(amount),
  steps: steps.map(stepDetails),
});
