import fc from 'fast-check';
import { decimal } from '../../../kernel/decimal.js';
import type { JsonObject } from '../../../kernel/json.js';
import { validateCharge } from '../../charge-validation.js';
import type { ChargeUsage } from '../../charge-model.js';
import { percentage } from './percentage.js';

const RUNS = 300;

/** A usage of records of these units, as a sum meter gives it. */
function usageOf(units: readonly (string | number)[]): ChargeUsage {
  const events = units.map((text) => ({ units: decimal(text), price: null }));
  const total = events.reduce((sum, event) => sum.plus(event.units), decimal(0));
  return { units: total.lt(0) ? decimal(0) : total, eventsCount: events.length, events };
}

const priceOf = (properties: JsonObject, units: readonly (string | number)[]) => {
  expect(validateCharge({ model: 'percentage', properties }, '')).toEqual([]);
  return percentage.price(usageOf(units), properties);
};
const amountOf = (properties: JsonObject, units: readonly (string | number)[]) =>
  priceOf(properties, units).amount.toFixed();
/** What is due after each record. */
const running = (properties: JsonObject, units: readonly (string | number)[]) =>
  units.map((_, index) => amountOf(properties, units.slice(0, index + 1)));

const PLAIN = { rate: '1', fixed_amount: '5' };
const BOTH = { ...PLAIN, free_units_per_events: 3, free_units_per_total_aggregation: '15.0' };
const BOUNDS = {
  rate: '1',
  fixed_amount: '1',
  per_transaction_min_amount: '1.75',
  per_transaction_max_amount: '12',
};

describe('a percentage', () => {
  it.each<[string, JsonObject, (string | number)[], string[]]>([
    ['no rule', { rate: '2.5' }, [100, '0.4'], ['2.5', '2.51']],
    ['a fixed amount', PLAIN, [100, 0], ['6', '11']],
    ['records of nothing only', PLAIN, [0, 0], ['0', '0']],
    [
      '3 free records',
      { ...PLAIN, free_units_per_events: 3 },
      [20, 20, 20, 20],
      ['0', '0', '0', '5.2'],
    ],
    [
      '15 free units',
      { ...PLAIN, free_units_per_total_aggregation: 15 },
      [4, 4, 4, 4, 10],
      ['0', '0', '0', '5.01', '10.11'],
    ],
    [
      'free units to the last',
      { ...PLAIN, free_units_per_total_aggregation: 8 },
      [4, 4, 1],
      ['0', '0', '5.01'],
    ],
    ['3 free records within 15 units', BOTH, [2, 2, 2, 2], ['0', '0', '0', '5.02']],
    ['15 free units within 3 records', BOTH, [10, 10, 10], ['0', '5.05', '10.15']],
    ['a first record beyond the free units', BOTH, [20, 1], ['5.05', '10.06']],
    [
      'free units without a fixed amount',
      { rate: 1, free_units_per_total_aggregation: 15 },
      [10, 10],
      ['0', '0.05'],
    ],
    ['bounds', BOUNDS, [50, 200, 20000], ['1.75', '4.75', '16.75']],
    ['bounds met exactly', BOUNDS, [75, 1100], ['1.75', '13.75']],
    [
      'bounds after a free record',
      { ...BOUNDS, free_units_per_events: 1 },
      [50, 50],
      ['0', '1.75'],
    ],
    [
      'bounds on what is left of a record',
      { ...BOUNDS, free_units_per_total_aggregation: 100 },
      [50, 60, 5_000],
      ['0', '1.75', '13.75'],
    ],
    ['bounds, and records of nothing', BOUNDS, [0, 0, 1], ['0', '0', '5.25']],
    [
      'a fee per record in advance',
      { rate: '5', fixed_amount: '1', free_units_per_total_aggregation: '120.0' },
      [100, 10, 20, 20],
      ['0', '0', '1.5', '3.5'],
    ],
    [
      'a narrow band',
      { ...BOUNDS, fixed_amount: '0.5', per_transaction_max_amount: '2' },
      [100, 1_000, 10_000],
      ['1.75', '3.75', '5.75'],
    ],
    [
      'a free record of a count',
      { rate: 1, fixed_amount: 1, free_units_per_events: 1 },
      [1],
      ['0'],
    ],
    ['half, the first free', { rate: '50', free_units_per_events: 1 }, [4, 4], ['0', '2']],
  ])('with %s: %j of %j comes to %j', (_, properties, units, expected) => {
    expect(running(properties, units)).toEqual(expected);
  });

  it('takes back what a record takes away, and keeps the fixed amounts', () => {
    expect(running(PLAIN, [100, -50, -50])).toEqual(['6', '10.5', '0']);
  });

  it('starts to pay anew once free units were given back', () => {
    const terms = { ...PLAIN, free_units_per_total_aggregation: 10 };
    expect(running(terms, [10, -5, 5, 5])).toEqual(['0', '0', '0', '5.05']);
    expect(running({ ...PLAIN, free_units_per_events: 2 }, [10, -5, 5])).toEqual([
      '0',
      '0',
      '5.05',
    ]);
    expect(running({ ...PLAIN, free_units_per_events: 1 }, [-5, 10])).toEqual(['0', '5.05']);
  });

  it('does not pay out where many records are at the maximum and one is taken back', () => {
    const terms = { rate: '10', per_transaction_max_amount: '1' };
    const price = priceOf(terms, [100, -50]);
    expect(price.amount.toFixed()).toBe('0');
    expect(price.steps.map(({ label, amount }) => [label, amount.toFixed()])).toEqual([
      ['percentage of units', '5'],
      ['lowered to the maximum', '-9'],
      ['not below zero', '4'],
    ]);
  });

  it('explains itself', () => {
    const terms = { ...BOUNDS, free_units_per_total_aggregation: 10 };
    const { steps } = priceOf(terms, [10, 50, 200, 20_000]);
    expect(
      steps.map(({ label, units, unitAmount, flatAmount, amount }) =>
        [label, units, unitAmount, flatAmount, amount].map(String),
      ),
    ).toEqual([
      ['free units', '10', '0', '0', '0'],
      ['percentage of units', '20250', '0.01', '0', '202.5'],
      ['fixed amounts', '3', '1', '0', '3'],
      ['raised to the minimum', '1', '0', '0.25', '0.25'],
      ['lowered to the maximum', '1', '0', '-189', '-189'],
    ]);
  });

  it.each<[JsonObject, boolean]>([
    [{ rate: 1 }, false],
    [PLAIN, false],
    [{ rate: 1, free_units_per_total_aggregation: 5 }, false],
    [{ ...PLAIN, free_units_per_total_aggregation: 5 }, true],
    [{ rate: 1, free_units_per_events: 1 }, true],
    [{ rate: 1, free_units_per_events: 0 }, false],
    [{ rate: 1, per_transaction_min_amount: 1 }, true],
    [{ rate: 1, per_transaction_max_amount: 1 }, true],
  ])('of %j reads single records: %s', (properties, expected) => {
    expect(percentage.needsEvents?.(properties)).toBe(expected);
  });

  it('of single records is not guessed from their total', () => {
    const usage = { units: decimal(10), eventsCount: 1 };
    expect(() => percentage.price(usage, BOUNDS)).toThrow(
      expect.objectContaining({ code: 'events_required' }) as Error,
    );
  });
});

const cents = fc.integer({ min: 0, max: 5_000 });
const text = (hundredths: number): string => decimal(hundredths).div(100).toFixed();
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const terms = fc
  .record({
    rate: cents,
    fixed: optional(cents),
    events: optional(fc.integer({ min: 0, max: 4 })),
    total: optional(cents),
    low: optional(cents),
    above: optional(cents),
  })
  .map(({ rate, fixed, events, total, low, above }) => ({
    rate: text(rate),
    ...(fixed === undefined ? {} : { fixed_amount: text(fixed) }),
    ...(events === undefined ? {} : { free_units_per_events: events }),
    ...(total === undefined ? {} : { free_units_per_total_aggregation: text(total) }),
    ...(low === undefined ? {} : { per_transaction_min_amount: text(low) }),
    ...(above === undefined ? {} : { per_transaction_max_amount: text((low ?? 0) + above + 1) }),
  }));
const plain = fc.oneof(
  fc.tuple(cents, cents).map(([rate, fixed]) => ({ rate: text(rate), fixed_amount: text(fixed) })),
  fc.tuple(cents, cents).map(([rate, free]) => ({
    rate: text(rate),
    free_units_per_total_aggregation: text(free),
  })),
);
const records = fc.array(cents.map(text), { maxLength: 8 });

describe('the price of any records', () => {
  it('never falls with one more', () => {
    fc.assert(
      fc.property(terms, records, (properties, units) => {
        const prices = running(properties, units).map(decimal);
        prices.forEach((price, index) => {
          expect(price.gte(prices[index - 1] ?? 0)).toBe(true);
        });
      }),
      { numRuns: RUNS },
    );
  });

  it('is the sum of its steps and not below zero, whatever is taken back', () => {
    const signed = fc.array(fc.integer({ min: -5_000, max: 5_000 }).map(text), { maxLength: 8 });
    fc.assert(
      fc.property(terms, signed, (properties, units) => {
        const { amount, steps } = priceOf(properties, units);
        expect(amount.gte(0)).toBe(true);
        const sum = steps.reduce((total, step) => total.plus(step.amount), decimal(0));
        expect(sum.toFixed()).toBe(amount.toFixed());
      }),
      { numRuns: RUNS },
    );
  });

  it('equals a second reckoning, record by record in hundredths of percent', () => {
    fc.assert(
      fc.property(terms, records, (properties, units) => {
        expect(amountOf(properties, units)).toBe(reckoned(properties, units));
      }),
      { numRuns: RUNS },
    );
  });

  it('needs no single records when it says so', () => {
    fc.assert(
      fc.property(plain, records, (properties, units) => {
        expect(percentage.needsEvents?.(properties)).toBe(false);
        const { events, ...total } = usageOf(units);
        expect(events).toHaveLength(units.length);
        expect(percentage.price(total, properties).amount.toFixed()).toBe(
          reckoned(properties, units),
        );
      }),
      { numRuns: RUNS },
    );
  });
});

/** In integers: units and amounts in hundredths, rates in hundredths of a percent, so that sums are in millionths. */
function reckoned(properties: JsonObject, units: readonly string[]): string {
  const whole = (key: string) => Math.round(Number(properties[key] ?? 0) * 100);
  const freeEvents = Number(properties['free_units_per_events'] ?? 0) || Infinity;
  const freeUnits = whole('free_units_per_total_aggregation') || Infinity;
  const anyFree = freeEvents < Infinity || freeUnits < Infinity;
  const min = whole('per_transaction_min_amount') * 10_000;
  const max = (whole('per_transaction_max_amount') || Infinity) * 10_000;
  let left = freeUnits;
  let total = 0;
  let sum = 0;
  let paidUnits = 0;
  units.forEach((text, index) => {
    const value = Math.round(Number(text) * 100);
    const free = anyFree && index < freeEvents ? Math.min(value, left) : 0;
    left -= free;
    total += value;
    paidUnits += value - free;
    if (anyFree && index < freeEvents && total <= freeUnits) return;
    const amount = (value - free) * whole('rate') + whole('fixed_amount') * 10_000;
    sum += Math.min(max, Math.max(min, amount));
  });
  return decimal(paidUnits === 0 ? 0 : sum)
    .div(1_000_000)
    .toFixed();
}
