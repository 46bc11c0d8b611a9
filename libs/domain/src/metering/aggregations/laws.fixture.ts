import fc from 'fast-check';
import { Decimal, decimal } from '../../kernel/decimal.js';
import type { Aggregation, AggregationState, Observation } from '../aggregation.js';

const RUNS = 150;
const WEIGHTING = { period: { from: 1, to: 4 }, full: { from: 0, to: 7 } };

const integers = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.maxSafeInteger());
const decimals = fc
  .tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 20 }))
  .map(([digits, places]) => decimal(digits).times(decimal(10).pow(-places)).toFixed());
const values = fc.oneof(
  integers,
  integers.map(String),
  decimals,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom('-0', '0.00', '1.50', '007', -0, '9007199254740993', '0.1', '-0.1'),
);

/** Few timestamps, so that ties happen; every record has its own place in the log. */
const records: fc.Arbitrary<Observation[]> = fc
  .array(
    fc.record({
      value: values,
      operation: fc.constantFrom(undefined, null, 'add', 'remove'),
      timestamp: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 30 },
  )
  .map((list) => list.map((item, at) => ({ ...item, position: at >> 2, index: at & 3 })));

const stateOf = (aggregation: Aggregation, list: readonly Observation[]): AggregationState =>
  list.reduce<AggregationState>((state, item) => aggregation.add(state, item), aggregation.empty());

const copy = (state: AggregationState): AggregationState =>
  JSON.parse(JSON.stringify(state)) as AggregationState;

/** Deals the list out into three by a key, which is any batching of any order. */
const three = records.chain((list) =>
  fc.tuple(
    ...[0, 1, 2].map((part) => fc.constant(list.filter((_, at) => at % 3 === part))),
    fc.shuffledSubarray(list, { minLength: list.length }),
  ),
) as fc.Arbitrary<[Observation[], Observation[], Observation[], Observation[]]>;

/** The laws that every aggregation keeps, as tests. Values are numbers, which each aggregation takes. */
export function describeLaws(aggregation: Aggregation): void {
  describeValue(aggregation);
  describeMerging(aggregation);
  describeAddingAtOnce(aggregation);
  describeStorage(aggregation);
  describeCarrying(aggregation);
}

function describeValue(aggregation: Aggregation): void {
  const { empty, value, weighted } = aggregation;

  it('stands for 0 when empty', () => {
    expect(value(empty()).toFixed()).toBe('0');
    expect(weighted?.(empty(), WEIGHTING).toFixed() ?? '0').toBe('0');
  });

  it('gives a decimal', () => {
    fc.assert(
      fc.property(records, (list) => {
        const state = stateOf(aggregation, list);
        expect(value(state)).toBeInstanceOf(Decimal);
        expect(weighted?.(state, WEIGHTING) ?? value(state)).toBeInstanceOf(Decimal);
      }),
      { numRuns: 20 },
    );
  });
}

function describeMerging(aggregation: Aggregation): void {
  const { merge, empty } = aggregation;

  it('merges associatively and commutatively, with empty as the unit', () => {
    fc.assert(
      fc.property(three, (parts) => {
        const [a, b, c] = parts.slice(0, 3).map((part) => stateOf(aggregation, part)) as [
          AggregationState,
          AggregationState,
          AggregationState,
        ];
        expect(merge(merge(a, b), c)).toStrictEqual(merge(a, merge(b, c)));
        expect(merge(a, b)).toStrictEqual(merge(b, a));
        expect(merge(a, empty())).toStrictEqual(a);
        expect(merge(empty(), a)).toStrictEqual(a);
      }),
      { numRuns: RUNS },
    );
  });

  it('gives the same text for the same records in any order and batches', () => {
    fc.assert(
      fc.property(three, ([a, b, c, shuffled]) => {
        const merged = [a, b, c]
          .map((part) => stateOf(aggregation, part))
          .reduce((left, right) => merge(left, right));
        const whole = stateOf(aggregation, shuffled);
        expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
      }),
      { numRuns: RUNS },
    );
  });
}

/** Whole numbers that stay safe integers, however many of a list are added. */
const wholeNumbers = fc.array(fc.integer({ min: -(2 ** 33), max: 2 ** 33 }), { minLength: 1 });

function describeAddingAtOnce(aggregation: Aggregation): void {
  const { addWhole } = aggregation;
  if (addWhole === undefined) return;

  it('adds whole numbers at once as it adds them one by one', () => {
    fc.assert(
      fc.property(records, wholeNumbers, (before, numbers) => {
        const list = numbers.map((value, index) => ({
          value,
          operation: undefined,
          timestamp: 0,
          position: 0,
          index,
        }));
        const atOnce = addWhole(stateOf(aggregation, before), {
          count: numbers.length,
          sum: numbers.reduce((sum, value) => sum + value, 0),
          least: Math.min(...numbers),
          most: Math.max(...numbers),
        });
        const oneByOne = stateOf(aggregation, [...before, ...list]);
        expect(JSON.stringify(atOnce)).toBe(JSON.stringify(oneByOne));
      }),
      { numRuns: RUNS },
    );
  });
}

function describeStorage(aggregation: Aggregation): void {
  const { merge, empty } = aggregation;

  it('survives JSON at any moment', () => {
    fc.assert(
      fc.property(records, (list) => {
        const stored = list.reduce<AggregationState>(
          (state, item) => copy(aggregation.add(state, item)),
          empty(),
        );
        expect(stored).toStrictEqual(stateOf(aggregation, list));
      }),
      { numRuns: RUNS },
    );
  });

  it('leaves both states as they are when it merges, also when the merged one grows', () => {
    fc.assert(
      fc.property(records, records, (left, right) => {
        const a = stateOf(aggregation, left);
        const b = stateOf(aggregation, right);
        const before = JSON.stringify([a, b]);
        right.reduce((state, item) => aggregation.add(state, item), merge(a, b));
        left.reduce((state, item) => aggregation.add(state, item), merge(b, empty()));
        expect(JSON.stringify([a, b])).toBe(before);
      }),
      { numRuns: RUNS },
    );
  });
}

function describeCarrying(aggregation: Aggregation): void {
  const { merge, carry } = aggregation;
  if (carry === undefined) return;

  it('carries a merged state as it carries its parts, and as if all records had been there', () => {
    fc.assert(
      fc.property(records, records, (left, right) => {
        const [a, b] = [left, right].map((list) => stateOf(aggregation, list));
        const carried = carry(merge(a!, b!), 9);
        expect(carried).toStrictEqual(merge(carry(a!, 9), carry(b!, 9)));
        const moved = [...left, ...right].map((item) => ({ ...item, timestamp: 9 }));
        expect(carried).toStrictEqual(stateOf(aggregation, moved));
      }),
      { numRuns: RUNS },
    );
  });
}
