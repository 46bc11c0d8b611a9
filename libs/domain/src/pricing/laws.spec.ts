import fc from 'fast-check';
import { decimal } from '../kernel/decimal.js';
import type { JsonObject } from '../kernel/json.js';
import { toMinor } from '../kernel/money.js';
import { chargeModels, findChargeModel } from './charge-models/registry.js';
import { validateCharge } from './charge-validation.js';
import {
  anyPrice,
  priced,
  records,
  sumOf,
  usageOf,
  type ModelledPrice,
} from './charges.fixture.js';
import { rateCharge } from './rating.js';

const RUNS = 300;

describe('every charge model', () => {
  it.each(chargeModels.map((model) => [model.code, model] as const))(
    '%s describes itself with an example that it accepts',
    (code, { title, description, example }) => {
      expect(validateCharge({ model: code, properties: example }, '')).toEqual([]);
      expect(title).toMatch(/^[A-Z]/);
      expect(description).toMatch(/\.$/);
    },
  );

  it('prices any records at the sum of its steps and not below zero, also where units are taken back', () => {
    fc.assert(
      fc.property(anyPrice(), records(-3_000), (price, events) => {
        expect(
          validateCharge({ model: price.model.code, properties: price.properties }, ''),
        ).toEqual([]);
        const { amount, steps } = priced(price, events);
        expect(amount.gte(0)).toBe(true);
        expect(sumOf(steps.map((step) => step.amount)).toFixed()).toBe(amount.toFixed());
        for (const step of steps) {
          const product = step.units.times(step.unitAmount).plus(step.flatAmount);
          expect(step.amount.toFixed()).toBe(product.toFixed());
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('never costs less with one more record, but for volume prices', () => {
    fc.assert(
      fc.property(anyPrice('volume'), records(0), (price, events) => {
        const steps = events.map((_, index) => priced(price, events.slice(0, index + 1)).amount);
        steps.forEach((amount, index) => {
          expect(amount.gte(steps[index - 1] ?? 0)).toBe(true);
        });
      }),
      { numRuns: RUNS },
    );
  });

  it('costs in all what its records cost one by one, each rounded', () => {
    fc.assert(
      fc.property(anyPrice(), records(0), (price, events) => {
        fc.pre(events.length > 0);
        const charge = { model: price.model.code, properties: price.properties };
        const upTo = (count: number): number =>
          count === 0 ? 0 : toMinor(priced(price, events.slice(0, count)).amount, 'EUR');
        const fees = events.map((_, index) => upTo(index + 1) - upTo(index));
        const { amount } = rateCharge({ charge, usage: usageOf(events), currency: 'EUR' });
        expect(fees.reduce((sum, fee) => sum + fee, 0)).toBe(amount);
      }),
      { numRuns: RUNS },
    );
  });

  it('needs no single records unless it says so', () => {
    fc.assert(
      fc.property(anyPrice(), records(0), (price, events) => {
        const { model, properties } = price;
        const { units, eventsCount } = usageOf(events);
        const ofTotal = () => model.price({ units, eventsCount }, properties).amount.toFixed();
        if (model.needsEvents?.(properties) === true) expect(ofTotal).toThrow('single records');
        else expect(ofTotal()).toBe(priced(price, events).amount.toFixed());
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the ranges of a graduated price', () => {
  it.each([
    ['graduated', 'graduated_ranges', 'per_unit_amount'],
    ['graduated_percentage', 'graduated_percentage_ranges', 'rate'],
  ])('may be cut in two without a change of a %s price', (code, key, unitPrice) => {
    const model = findChargeModel(code)!;
    const cents = fc
      .integer({ min: 1, max: 2_000 })
      .map((value) => decimal(value).div(100).toFixed());
    fc.assert(
      fc.property(fc.tuple(cents, cents, cents, cents), records(0), (drawn, events) => {
        const [first, second, unit, flat] = drawn;
        const end = decimal(first).plus(second).toFixed();
        const range = (from: string, to: string | null, flatAmount: string): JsonObject => ({
          from_value: from,
          to_value: to,
          [unitPrice]: unit,
          flat_amount: flatAmount,
        });
        const rest = { ...range(end, null, '1'), [unitPrice]: '0.5' };
        const whole = { model, properties: { [key]: [range('0', end, flat), rest] } };
        const cut = {
          model,
          properties: { [key]: [range('0', first, flat), range(first, end, '0'), rest] },
        };
        expect(priced(cut, events).amount.toFixed()).toBe(priced(whole, events).amount.toFixed());
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a price of 15 decimals', () => {
  const SCALE = 10n ** 15n;
  const scaled = fc.bigInt({ min: 0n, max: 10n ** 24n });
  const plain = (value: bigint, places: number): string => {
    const digits = value.toString().padStart(places + 1, '0');
    return decimal(`${digits.slice(0, -places)}.${digits.slice(-places)}`).toFixed();
  };
  const exact: [string, (amount: string) => ModelledPrice['properties'], number][] = [
    ['standard', (amount) => ({ amount }), 30],
    ['percentage', (amount) => ({ rate: amount }), 32],
    [
      'graduated',
      (amount) => ({
        graduated_ranges: [{ from_value: 0, to_value: null, per_unit_amount: amount }],
      }),
      30,
    ],
    [
      'graduated_percentage',
      (amount) => ({
        graduated_percentage_ranges: [{ from_value: 0, to_value: null, rate: amount }],
      }),
      32,
    ],
  ];

  it.each(exact)('is exact in a %s charge', (code, propertiesOf, places) => {
    fc.assert(
      fc.property(scaled, scaled, (price, units) => {
        fc.pre(price < SCALE * 10n ** 5n);
        const properties = propertiesOf(plain(price, 15));
        expect(validateCharge({ model: code, properties }, '')).toEqual([]);
        const usage = { units: decimal(plain(units, 15)), eventsCount: 1 };
        expect(findChargeModel(code)?.price(usage, properties).amount.toFixed()).toBe(
          plain(price * units, places),
        );
      }),
      { numRuns: RUNS },
    );
  });
});
