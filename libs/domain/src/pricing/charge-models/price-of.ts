import { ZERO } from '../../kernel/decimal.js';
import type { Price, PriceStep } from '../charge-model.js';

/** A price is the sum of its steps. */
export const priceOf = (steps: readonly PriceStep[]): Price => ({
  amount: steps.reduce((total, step) => total.plus(step.amount), ZERO),
  steps,
});
