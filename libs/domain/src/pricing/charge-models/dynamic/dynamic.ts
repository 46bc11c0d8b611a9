import { Type } from '@sinclair/typebox';
import { decimal, ZERO } from '../../../kernel/decimal.js';
import type { ChargeModel } from '../../charge-model.js';
import { eventsOf } from '../events-of.js';
import { flatStep, priceFromZero } from '../price-of.js';

/**
 * A record without a price costs nothing, is counted in the units, and shows in a step of its own: refusing it would stop the bill of
 * all the others. The sum does not go below zero, though single prices may.
 */
export const dynamic: ChargeModel = {
  code: 'dynamic',
  title: 'Dynamic',
  description:
    'The sender names the price of each record as precise_total_amount_cents; the charge is their sum.',
  properties: Type.Object({}, { additionalProperties: false }),
  example: {},
  check: () => [],
  needsEvents: () => true,
  price: (usage) => {
    const prices = eventsOf(usage).map(({ price }) => price);
    const named = prices.filter((price) => price !== null);
    const sum = named.reduce((total, price) => total.plus(price), ZERO);
    const unpriced = prices.length - named.length;
    return priceFromZero([
      ...(named.length === 0 ? [] : [flatStep('prices of records', decimal(named.length), sum)]),
      ...(unpriced === 0 ? [] : [flatStep('records without a price', decimal(unpriced), ZERO)]),
    ]);
  },
};
