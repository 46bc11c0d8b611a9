import fc from 'fast-check';
import { decimal } from '../../kernel/decimal.js';
import type { Period } from '../../kernel/instant.js';
import type { AggregationState, Observation } from '../aggregation.js';
import { addToWindow, reachOf, unitsOf, weightingOf } from '../counted-window.js';
import { findAggregation } from './registry.js';

const DAY = 86_400_000;
const weighted = findAggregation('weighted_sum')!;
const distinct = findAggregation('unique_count')!;

const change = (value: number | string, timestamp: number, position = 0): Observation => ({
  value,
  operation: undefined,
  timestamp,
  position,
  index: 0,
});
const operation = (name: string | undefined, timestamp: number, position: number): Observation => ({
  ...change('seat', timestamp, position),
  operation: name,
});

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
const MARCH = { from: day('2023-03-01'), to: day('2023-04-01') };
const APRIL = { from: day('2023-04-01'), to: day('2023-05-01') };

/** The weighted units of a window; what lies before it is carried over. */
function weightedUnits(changes: readonly Observation[], period: Period, full = period): string {
  const state = changes
    .filter(({ timestamp }) => timestamp < period.to)
    .reduce<AggregationState>(
      (before, item) => addToWindow(weighted, before, item, period.from),
      weighted.empty(),
    );
  return unitsOf({}, weighted, state, { period, full }).toFixed();
}

describe('a weighted sum', () => {
  const changes = [
    change(2500, day('2023-03-05')),
    change('-2000', day('2023-04-04')),
    change(-200, day('2023-04-06')),
  ];

  it('weighs 2500 from the 5th of 31 days as 27 of 31 parts', () => {
    expect(weightedUnits(changes, MARCH)).toBe('2177.4193548387096774193548387096774193548387');
  });

  it('carries the running value into the next month', () => {
    expect(weightedUnits(changes, APRIL)).toBe('533.3333333333333333333333333333333333333333');
  });

  it('weighs a part of a period by the whole one', () => {
    const part = { from: day('2023-03-05'), to: MARCH.to };
    expect(weightedUnits(changes, part, MARCH)).toBe(weightedUnits(changes, MARCH));
    const cut = { from: MARCH.from, to: day('2023-03-15') };
    expect(weightedUnits(changes, cut, MARCH)).toBe(decimal(2500).times(10).div(31).toFixed());
  });

  it('counts a value that is there all the time once', () => {
    expect(weightedUnits([change('0.1', 0)], APRIL)).toBe('0.1');
  });

  it('is 0 for a period without length', () => {
    expect(weightedUnits(changes, { from: 5, to: 5 })).toBe('0');
  });

  it('equals the sum over running values, whatever the changes', () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: 0, max: 19 })),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(steps, (given) => {
        const period = { from: 10 * DAY, to: 20 * DAY };
        const list = given.map(([cents, at], place) =>
          change(decimal(cents).div(100).toFixed(), at * DAY, place),
        );
        let naive = decimal(0);
        for (let at = 10; at < 20; at += 1) {
          for (const [cents, when] of given) if (when <= at) naive = naive.plus(cents);
        }
        expect(weightedUnits(list, period)).toBe(naive.div(1000).toFixed());
      }),
    );
  });

  it('keeps sums that no double carries', () => {
    const huge = [change('9007199254740993', 1), change('-9007199254740992.5', 1)];
    expect(weightedUnits(huge, { from: 0, to: 2 })).toBe('0.25');
  });
});

describe('a unique count with removals', () => {
  const count = (list: readonly Observation[]): string =>
    distinct
      .value(list.reduce((state, item) => distinct.add(state, item), distinct.empty()))
      .toFixed();

  it.each<[string, (string | undefined)[], string]>([
    ['an add', [undefined], '1'],
    ['an add by name', ['add'], '1'],
    ['a leading removal', ['remove'], '0'],
    ['a removal', ['add', 'remove'], '0'],
    ['a repeated add', ['add', 'add', 'remove'], '0'],
    ['a repeated removal', ['add', 'remove', 'remove', 'add'], '1'],
    ['a leading removal, then an add', ['remove', 'add'], '1'],
  ])('after %s', (_, names, expected) => {
    const list = names.map((name, at) => operation(name, at, at));
    expect(count(list)).toBe(expected);
    expect(count(list.toReversed())).toBe(expected);
  });

  it('goes by the place in the log where times are equal', () => {
    expect(count([operation('remove', 5, 2), operation('add', 5, 1)])).toBe('0');
    expect(count([operation('remove', 5, 1), operation('add', 5, 2)])).toBe('1');
    const place = (name: string, index: number) => ({ ...operation(name, 5, 1), index });
    expect(count([place('remove', 0), place('add', 1)])).toBe('1');
    expect(count([place('remove', 1), place('add', 0)])).toBe('0');
  });
});

describe('what a request counts', () => {
  const slice = { customerId: 'acme', from: 10, to: 20 };

  it('reaches back to the beginning for a recurring meter only', () => {
    expect(reachOf({ recurring: true }, slice)).toEqual({ customerId: 'acme', from: 0, to: 20 });
    expect(reachOf({ recurring: false }, slice)).toBe(slice);
    expect(reachOf({}, slice)).toBe(slice);
  });

  it('is nothing for an empty slice', () => {
    expect(reachOf({ recurring: true }, { from: 10, to: 10 })).toEqual({ from: 10, to: 10 });
  });

  it('is weighed by the window from the first start to the last end, unless it says otherwise', () => {
    const period = { from: 5, to: 30 };
    const slices = [slice, { from: 5, to: 15 }, { from: 12, to: 30 }];
    expect(weightingOf({ slices })).toEqual({ period, full: period });
    const weighting = { period: MARCH, full: APRIL };
    expect(weightingOf({ slices, weighting })).toBe(weighting);
  });
});
