import fc from 'fast-check';
import { decimal } from '../kernel/decimal.js';
import type { JsonObject } from '../kernel/json.js';
import type { PriceStep } from './charge-model.js';
import { findChargeModel } from './charge-models/registry.js';
import { validateCharge } from './charge-validation.js';
import { effectiveUnitAmount, rateCharge } from './rating.js';

const RUNS = 300;
const rate = (model: string, properties: JsonObject, units: string, currency = 'EUR') =>
  rateCharge({
    charge: { model, properties },
    usage: { units: decimal(units), eventsCount: 1 },
    currency,
  });

describe('a rated charge', () => {
  it('says units, amount, price of a unit, and the steps', () => {
    const graduated_ranges = [
      { from_value: 0, to_value: 5, per_unit_amount: '10', flat_amount: '100' },
      { from_value: 6, to_value: null, per_unit_amount: '5' },
    ];
    expect(rate('graduated', { graduated_ranges }, '8')).toEqual({
      units: '8',
      amount: 16500,
      unitAmount: '20.625',
      details: {
        amount: '165',
        steps: [
          { label: '0 – 5', units: '5', unit_amount: '10', flat_amount: '100', amount: '150' },
          { label: '5 – ∞', units: '3', unit_amount: '5', flat_amount: '0', amount: '15' },
        ],
      },
    });
  });

  it.each([
    ['0.005', '1', 'EUR', 1],
    ['0.0049', '1', 'EUR', 0],
    ['0.5', '1', 'JPY', 1],
    ['0.0005', '1', 'KWD', 1],
    ['0.001', '5', 'EUR', 1],
    ['0.001', '-5', 'EUR', 0],
  ])('of %s × %s is rounded once in %s, to %i', (amount, units, currency, expected) => {
    expect(rate('standard', { amount }, units, currency).amount).toBe(expected);
  });

  it('prices units below zero as none', () => {
    expect(rate('standard', { amount: 1 }, '-3')).toMatchObject({
      units: '0',
      amount: 0,
      unitAmount: '0',
    });
  });

  it('refuses an unknown model', () => {
    expect(() => rate('guess', {}, '1')).toThrow(
      expect.objectContaining({ code: 'unknown_charge_model' }) as Error,
    );
  });
});

describe('the effective price of a unit', () => {
  it.each([
    ['10', '4', '2.5'],
    ['10', '3', '3.333333333333333'],
    ['20', '3', '6.666666666666667'],
    ['5', '0', '0'],
  ])('%s for %s units is %s', (amount, units, expected) => {
    expect(effectiveUnitAmount(decimal(amount), decimal(units)).toFixed()).toBe(expected);
  });
});

/** Hundredths, so that a model of whole numbers can be compared with. */
const hundredths = fc.integer({ min: 0, max: 5_000 });
const text = (value: number): string => decimal(value).div(100).toFixed();
interface Range {
  readonly end: number;
  readonly unit: number;
  readonly flat: number;
}
const ranges: fc.Arbitrary<Range[]> = fc
  .array(fc.record({ end: fc.integer({ min: 1, max: 900 }), unit: hundredths, flat: hundredths }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((list) => {
    let end = 0;
    return list.map((range) => ({ ...range, end: (end += range.end) }));
  });
const written = (list: readonly Range[]) =>
  list.map(({ end, unit, flat }, index) => ({
    from_value: index === 0 ? 0 : text((list[index - 1] as Range).end),
    to_value: index === list.length - 1 ? null : text(end),
    per_unit_amount: text(unit),
    flat_amount: text(flat),
  }));

const price = (model: string, properties: JsonObject, units: number) => {
  const found = findChargeModel(model);
  if (found === undefined) throw new Error(`no charge model ${model}`);
  expect(validateCharge({ model, properties }, '')).toEqual([]);
  return found.price({ units: decimal(units).div(100), eventsCount: 1 }, properties);
};
const inTenThousandths = (amount: { times: (n: number) => { toFixed: () => string } }) =>
  Number(amount.times(10_000).toFixed());
const sumOf = (steps: readonly PriceStep[]) =>
  steps.reduce((total, step) => total.plus(step.amount), decimal(0)).toFixed();

describe('a price', () => {
  const units = fc.integer({ min: 0, max: 6_000 });
  const any = fc.oneof(
    hundredths.map((amount) => ['standard', { amount: text(amount) }] as const),
    ranges.map((list) => ['graduated', { graduated_ranges: written(list) }] as const),
    ranges.map((list) => ['volume', { volume_ranges: written(list) }] as const),
    fc
      .tuple(hundredths, fc.integer({ min: 1, max: 900 }), hundredths)
      .map(
        ([amount, size, free]) =>
          [
            'package',
            { amount: text(amount), package_size: text(size), free_units: text(free) },
          ] as const,
      ),
  );

  it('is the sum of its steps and never negative', () => {
    fc.assert(
      fc.property(any, units, ([model, properties], count) => {
        const { amount, steps } = price(model, properties, count);
        expect(amount.gte(0)).toBe(true);
        expect(sumOf(steps)).toBe(amount.toFixed());
      }),
      { numRuns: RUNS },
    );
  });

  it('never falls when units rise, but for volume prices', () => {
    fc.assert(
      fc.property(any, units, units, ([model, properties], a, b) => {
        fc.pre(model !== 'volume');
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const cheaper = price(model, properties, low).amount;
        expect(price(model, properties, high).amount.gte(cheaper)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('of a graduated charge equals the walk over hundredths of a unit', () => {
    fc.assert(
      fc.property(ranges, units, (list, count) => {
        let expected = (list[0] as Range).flat * 100;
        let begin = 0;
        list.forEach(({ end, unit, flat }, index) => {
          const close = index === list.length - 1 ? Infinity : end;
          if (index > 0 && count > begin) expected += flat * 100;
          if (count > begin) expected += (Math.min(count, close) - begin) * unit;
          begin = close;
        });
        const { amount } = price('graduated', { graduated_ranges: written(list) }, count);
        expect(inTenThousandths(amount)).toBe(expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('of a volume charge equals the one range that holds all units', () => {
    fc.assert(
      fc.property(ranges, units, (list, count) => {
        const last = list.length - 1;
        const { unit, flat } = list[
          list.findIndex(({ end }, at) => at === last || count <= end)
        ] as Range;
        const { amount } = price('volume', { volume_ranges: written(list) }, count);
        expect(inTenThousandths(amount)).toBe(unit * count + flat * 100);
      }),
      { numRuns: RUNS },
    );
  });
});
