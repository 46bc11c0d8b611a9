import fc from 'fast-check';
import { decimal } from '../../../kernel/decimal.js';
import type { ChargeUsage } from '../../charge-model.js';
import { dynamic } from './dynamic.js';

const usageOf = (prices: readonly (string | null)[]): ChargeUsage => ({
  units: decimal(prices.length),
  eventsCount: prices.length,
  events: prices.map((price) => ({
    units: decimal(1),
    price: price === null ? null : decimal(price),
  })),
});

describe('a dynamic price', () => {
  it.each<[(string | null)[], string]>([
    [[], '0'],
    [['0.202', '8.019'], '8.221'],
    [['12.3456', '0.021'], '12.3666'],
    [['0.000000000000001', '0.1'], '0.100000000000001'],
    [['5', '-2'], '3'],
    [['5', '-7'], '0'],
    [[null, '1'], '1'],
    [[null, null], '0'],
  ])('of records at %j is %s', (prices, expected) => {
    expect(dynamic.price(usageOf(prices), {}).amount.toFixed()).toBe(expected);
  });

  it('shows how many records have no price', () => {
    const { steps } = dynamic.price(usageOf(['1', null, '2', null]), {});
    expect(steps.map(({ label, units, amount }) => [label, String(units), String(amount)])).toEqual(
      [
        ['prices of records', '2', '3'],
        ['records without a price', '2', '0'],
      ],
    );
  });

  it('is not guessed from a total', () => {
    expect(dynamic.needsEvents?.({})).toBe(true);
    expect(() => dynamic.price({ units: decimal(1), eventsCount: 1 }, {})).toThrow(
      expect.objectContaining({ code: 'events_required' }) as Error,
    );
  });

  it('does not depend on the order of the records', () => {
    const priced = fc.array(fc.option(fc.integer({ min: -900, max: 900 }).map(String)));
    fc.assert(
      fc.property(priced, (prices) => {
        const [forth, back] = [prices, prices.toReversed()].map((list) =>
          dynamic.price(usageOf(list), {}),
        );
        expect(forth?.amount.toFixed()).toBe(back?.amount.toFixed());
      }),
    );
  });
});
