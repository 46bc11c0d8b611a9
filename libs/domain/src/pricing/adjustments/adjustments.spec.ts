import fc from 'fast-check';
import { decimal } from '../../kernel/decimal.js';
import type { JsonValue } from '../../kernel/json.js';
import type { Adjustment, AdjustmentContext } from './adjustment.js';
import { validateAdjustments } from './adjustment-validation.js';
import { applyAdjustments } from './apply-adjustments.js';
import { adjustmentTypes } from './registry.js';

const RUNS = 300;
const WHOLE: AdjustmentContext = { closesPeriod: true, days: 30, fullDays: 30 };

const percent = (rate: JsonValue): Adjustment => ({
  type: 'percentage_discount',
  properties: { rate },
});
const off = (amount: JsonValue): Adjustment => ({
  type: 'amount_discount',
  properties: { amount },
});
const most = (amount: JsonValue): Adjustment => ({ type: 'maximum', properties: { amount } });
const least = (amount: JsonValue): Adjustment => ({ type: 'minimum', properties: { amount } });

function adjusted(amount: string, adjustments: readonly Adjustment[], context = WHOLE): string {
  expect(validateAdjustments(adjustments, '/adjustments')).toEqual([]);
  return applyAdjustments(decimal(amount), adjustments, context).amount.toFixed();
}

describe('an amount', () => {
  it.each<[string, Adjustment[], string]>([
    ['100', [], '100'],
    ['-1', [], '0'],
    ['100', [percent('12.5')], '87.5'],
    ['100', [percent(100)], '0'],
    ['0.000000000000001', [percent('0.000000000000001')], '0.00000000000000099999999999999999'],
    ['100', [off('30.5')], '69.5'],
    ['20', [off('30.5')], '0'],
    ['120', [most(100)], '100'],
    ['100', [most(100)], '100'],
    ['99.99', [most(100)], '99.99'],
    ['5', [most(0)], '0'],
    ['0', [least(100)], '100'],
    ['99.99', [least(100)], '100'],
    ['100.01', [least(100)], '100.01'],
  ])('%s through %j is %s', (amount, adjustments, expected) => {
    expect(adjusted(amount, adjustments)).toBe(expected);
  });

  it.each<[string, Adjustment[], string]>([
    ['the percentage goes first, then the amount', [off(10), percent(50)], '90'],
    ['discounts come before the maximum', [most(150), percent(10)], '150'],
    ['the minimum comes last', [least(300), most(150), percent(10)], '300'],
    ['all four', [least(50), most(100), off(10), percent(50)], '90'],
  ])('of 200: %s', (_, adjustments, expected) => {
    expect(adjusted('200', adjustments)).toBe(expected);
    expect(adjusted('200', adjustments.toReversed())).toBe(expected);
  });

  it('of a partial period has its minimum by the day, and the rest in full', () => {
    const context = { closesPeriod: true, days: 25, fullDays: 28 };
    expect(applyAdjustments(decimal('70'), [least('100')], context).amount.toFixed(2)).toBe(
      '89.29',
    );
    expect(adjusted('70', [most('60'), off('5')], context)).toBe('60');
  });

  it('so far has no minimum, and a period billed in parts costs what it costs as a whole', () => {
    const open = { ...WHOLE, closesPeriod: false };
    const terms = [least(1_000), most(1_500)];
    expect(adjusted('100', terms, open)).toBe('100');
    expect(adjusted('100', terms)).toBe('1000');
    const before = decimal(adjusted('70', [most(100)], open));
    expect(
      decimal(adjusted('120', [most(100)]))
        .minus(before)
        .toFixed(),
    ).toBe('30');
  });

  it('shows what each adjustment that changes something adds', () => {
    const { steps } = applyAdjustments(
      decimal('200'),
      [least(300), most(150), percent(10), off(0.5)],
      WHOLE,
    );
    expect(steps.map(({ label, amount }) => [label, amount.toFixed()])).toEqual([
      ['percentage_discount', '-20'],
      ['amount_discount', '-0.5'],
      ['maximum', '-29.5'],
      ['minimum', '150'],
    ]);
    expect(applyAdjustments(decimal('1'), [most(150), percent(0)], WHOLE).steps).toEqual([]);
  });
});

describe('adjustments', () => {
  it.each<[Adjustment, string]>([
    [percent('100.1'), '/0/properties/rate out_of_range'],
    [percent(-1), '/0/properties/rate invalid'],
    [off(0), '/0/properties/amount invalid'],
    [least(0), '/0/properties/amount invalid'],
    [most('x'), '/0/properties/amount invalid'],
    [{ type: 'maximum', properties: {} }, '/0/properties/amount required'],
    [{ type: 'minimum', properties: { amount: 1, per: 'day' } }, '/0/properties/per unknown_field'],
    [{ type: 'gift', properties: {} }, '/0/type unknown_adjustment'],
  ])('%j is refused for %s', (adjustment, expected) => {
    const errors = validateAdjustments([adjustment], '');
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([expected]);
  });

  it('stand once each', () => {
    expect(validateAdjustments([most(1), least(1), most('x')], '/charges/2/adjustments')).toEqual([
      {
        pointer: '/charges/2/adjustments/2/type',
        code: 'repeated',
        detail: '"maximum" is listed already.',
      },
      expect.objectContaining({
        pointer: '/charges/2/adjustments/2/properties/amount',
        code: 'invalid',
      }),
    ]);
  });

  it.each(adjustmentTypes.map((type) => [type.code, type] as const))(
    'of type %s have an example that is right, and say what they are',
    (code, { example, title, description }) => {
      expect(validateAdjustments([{ type: code, properties: example }], '')).toEqual([]);
      expect(title.length * description.length).toBeGreaterThan(0);
    },
  );
});

const cents = fc.integer({ min: 1, max: 10_000 });
const text = (value: number): string => decimal(value).div(100).toFixed();
const anyAdjustments = fc
  .record({
    percentage: fc.option(cents.map((value) => percent(text(value)))),
    amount: fc.option(cents.map((value) => off(text(value)))),
    most: fc.option(cents.map((value) => most(text(value)))),
    least: fc.option(cents.map((value) => least(text(value)))),
  })
  .chain((chosen) => {
    const list = Object.values(chosen).filter((adjustment) => adjustment !== null);
    return fc.shuffledSubarray(list, { minLength: list.length });
  });

describe('any adjusted amount', () => {
  it('is the amount and its steps, not below zero, whatever the order of the list', () => {
    fc.assert(
      fc.property(cents, anyAdjustments, (amount, adjustments) => {
        const price = applyAdjustments(decimal(text(amount)), adjustments, WHOLE);
        const sum = price.steps.reduce(
          (total, step) => total.plus(step.amount),
          decimal(text(amount)),
        );
        expect(sum.toFixed()).toBe(price.amount.toFixed());
        expect(price.amount.gte(0)).toBe(true);
        expect(adjusted(text(amount), adjustments.toReversed())).toBe(price.amount.toFixed());
      }),
      { numRuns: RUNS },
    );
  });

  it('does not fall when the amount rises', () => {
    fc.assert(
      fc.property(cents, cents, anyAdjustments, (a, b, adjustments) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((amount) =>
          decimal(adjusted(text(amount), adjustments)),
        );
        expect(low!.lte(high!)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});
