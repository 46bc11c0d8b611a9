import { ZERO, type Decimal } from '../../kernel/decimal.js';
import type { Price, PriceStep } from '../charge-model.js';

/** A price is the sum of its steps. */
export const priceOf = (steps: readonly PriceStep[]): Price => ({
  amount: steps.reduce((total, step) => total.plus(step.amount), ZERO),
  steps,
});

/** Units at one price. */
export const unitStep = (label: string, units: Decimal, unitAmount: Decimal): PriceStep => ({
  label,
  units,
  unitAmount,
  flatAmount: ZERO,
  amount: units.times(unitAmount),
});

/** An amount that does not come from a price of units; below zero where it takes away. */
export const flatStep = (label: string, units: Decimal, amount: Decimal): PriceStep => ({
  label,
  units,
  unitAmount: ZERO,
  flatAmount: amount,
  amount,
});

/** The price of the steps, with a last step that lifts it to 0 where they end below. */
export function priceFromZero(steps: readonly PriceStep[]): Price {
  const price = priceOf(steps);
  if (price.amount.gte(0)) return price;
  return priceOf([...steps, flatStep('not below zero', ZERO, ZERO.minus(price.amount))]);
}
