import type { Plan } from '../catalog/plan.js';
import { Decimal, ZERO } from '../kernel/decimal.js';
import type { Instant, Period } from '../kernel/instant.js';
import { toMajor, toMinor } from '../kernel/money.js';
import { aggregationOf } from '../metering/aggregations/registry.js';
import type { Meter } from '../metering/meter.js';
import { roundQuantity } from '../metering/rounding.js';
import type { UsageTotal } from '../metering/usage-slice.js';
import { adjustCharge } from '../pricing/adjustments/adjust-charge.js';
import { daysOf, readsEvents } from '../pricing/rate-part.js';
import {
  chargeOf,
  priceCharge,
  type ChargeTotal,
  type PricedCharge,
  type PricedPart,
  type PricingTerms,
} from './priced-charge.js';

/** Places to which projected units are carried where the meter does not round. */
export const PROJECTED_UNITS_DECIMAL_PLACES = 5;

/** How much of a period is over, in milliseconds: `elapsed` of `length`. Kept apart, so that a whole quotient stays whole. */
export interface Elapsed {
  readonly elapsed: number;
  readonly length: number;
}

/** Of a period that lies ahead nothing is over, and of a past one all of it. */
export const elapsedOf = ({ from, to }: Period, now: Instant): Elapsed => ({
  elapsed: Math.min(Math.max(now, from), to) - from,
  length: to - from,
});

const grow = (value: Decimal, { elapsed, length }: Elapsed): Decimal =>
  value.times(length).div(elapsed);

/** Whether usage of the meter goes on growing with time; else what there is now stands until the end of the period. */
const grows = (meter: Meter): boolean =>
  meter.recurring !== true && aggregationOf(meter).grows === true;

/**
 * A total as it will be at the end of the period if usage goes on as it did: divided by the share that is over. Before any
 * of it is over, and for a meter that does not grow, the total itself.
 */
export function projectTotal(meter: Meter, total: UsageTotal, over: Elapsed): UsageTotal {
  if (!grows(meter) || over.elapsed === 0) return total;
  const value = grow(total.value, over);
  return {
    ...total,
    value:
      meter.rounding === undefined
        ? value.round(PROJECTED_UNITS_DECIMAL_PLACES, Decimal.roundHalfUp)
        : roundQuantity(value, meter.rounding),
  };
}

/**
 * A charge as it will be at the end of the period if usage goes on as it did. Its projected units are priced anew, so tiers and packages
 * count. Charges that are priced record by record grow by their amount: the records to come are not known. Least amounts and other adjustments
 * are those of a closed period.
 */
export function projectCharge(
  plan: Plan,
  soFar: PricedCharge,
  terms: Omit<PricingTerms, 'closesPeriod'>,
  over: Elapsed,
): PricedCharge {
  const { usage } = soFar;
  const closing = { ...terms, closesPeriod: true };
  if (!grows(usage.meter) || over.elapsed === 0) return priceCharge(plan, usage, closing);
  const parts = usage.parts.map((part) => ({
    ...part,
    total: projectTotal(usage.meter, part.total, over),
  }));
  const projected: ChargeTotal = { ...usage, parts };
  const charge = chargeOf(plan, usage.chargeIndex);
  if (!readsEvents(charge)) return priceCharge(plan, projected, closing);
  const grown = soFar.parts.map((part, i) =>
    growPart(part, projected.parts[i]!.total, plan.currency, over),
  );
  const used = grown.reduce((sum, { amount }) => sum + amount, 0);
  const adjustments = adjustCharge(charge, used, plan.currency, () => ({
    closesPeriod: true,
    ...daysOf(terms.stretch),
  }));
  return {
    ...soFar,
    usage: projected,
    parts: grown,
    adjustments,
    amount: adjustments.reduce((sum, { amount }) => sum + amount, used),
  };
}

/** A part whose amount grows like its units. What it is made of so far says nothing about what it will be made of. */
function growPart(
  soFar: PricedPart,
  total: UsageTotal,
  currency: string,
  over: Elapsed,
): PricedPart {
  const exact = grow(toMajor(soFar.amount, currency), over);
  const units = total.value.lt(0) ? ZERO : total.value;
  return {
    part: { ...soFar.part, total },
    units,
    amount: toMinor(exact, currency),
    price: { amount: exact, steps: [] },
    fees: null,
  };
}
