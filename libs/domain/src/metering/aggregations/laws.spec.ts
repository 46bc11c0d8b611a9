import { describeLaws } from './laws.fixture.js';
import { aggregationOf, aggregations, findAggregation } from './registry.js';

describe.each(aggregations.map((aggregation) => [aggregation.code, aggregation] as const))(
  'the aggregation %s',
  (code, aggregation) => {
    it('is found by its code', () => expect(findAggregation(code)).toBe(aggregation));
    describeLaws(aggregation);
  },
);

describe.each([
  '(sum_of_squares - sum * sum / count) / (count - 1)',
  'max - min + unique_count',
  'latest - first',
  '1',
])('a custom aggregation by the formula %s', (formula) => {
  const aggregation = { type: 'custom', field: 'v', settings: { formula } };
  describeLaws(aggregationOf({ code: 'meter', aggregation }));
});

it('knows no other code', () => expect(findAggregation('constructor')).toBeUndefined());
it('gives every aggregation its own code', () => {
  expect(new Set(aggregations.map(({ code }) => code)).size).toBe(aggregations.length);
});
