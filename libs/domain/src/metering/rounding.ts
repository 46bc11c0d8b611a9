import { Decimal } from '../kernel/decimal.js';
import type { MeterRounding } from './meter.js';

/**
 * The aggregated value of a window as it is billed: rounded once, after aggregation and before pricing. `round` takes a half
 * away from zero; `ceil` and `floor` go towards plus and minus infinity, so they do not mirror for negative values.
 */
export function roundQuantity(value: Decimal, rounding: MeterRounding | undefined): Decimal {
  if (rounding === undefined) return value;
  return value.round(rounding.precision, roundingModeOf(rounding.mode, value));
}

function roundingModeOf(mode: MeterRounding['mode'], value: Decimal): 0 | 1 | 2 | 3 {
  if (mode === 'round') return Decimal.roundHalfUp;
  const awayFromZero = (mode === 'ceil') === value.gte(0);
  return awayFromZero ? Decimal.roundUp : Decimal.roundDown;
}
