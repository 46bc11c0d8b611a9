import { Decimal, ZERO } from '../kernel/decimal.js';
import type { ProratedUsage } from './charge-model.js';

/** Places that Lago carries prorated units to, rounding up what is beyond. */
const LAGO_UNIT_PLACES = 5;

/** How prorated units are rounded, by the name of the tenant's setting. */
export const UNIT_ROUNDINGS = {
  exact: (units: Decimal): Decimal => units,
  lago: (units: Decimal): Decimal => units.round(LAGO_UNIT_PLACES, Decimal.roundUp),
} as const;

export type UnitRounding = keyof typeof UNIT_ROUNDINGS;

/** Units weighed by their days; never below zero. The division by the days of the period comes last, so that it is the only one. */
export function proratedUnits({ changes, fullDays, roundUnits }: ProratedUsage): Decimal {
  const unitDays = changes.reduce((sum, { units, days }) => sum.plus(units.times(days)), ZERO);
  return unitDays.lt(0) ? ZERO : roundUnits(unitDays.div(fullDays));
}
