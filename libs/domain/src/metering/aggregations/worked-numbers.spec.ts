import type { JsonValue } from '../../kernel/json.js';
import type { AggregationState, Observation } from '../aggregation.js';
import { findAggregation } from './registry.js';

const at = (value: JsonValue | undefined, timestamp = 0, position = 0): Observation => ({
  value,
  operation: undefined,
  timestamp,
  position,
  index: 0,
});

function aggregate(code: string, list: readonly Observation[]) {
  const aggregation = findAggregation(code);
  if (aggregation === undefined) throw new Error(`no aggregation ${code}`);
  const state = list.reduce<AggregationState>(
    (before, item) => aggregation.add(before, item),
    aggregation.empty(),
  );
  return { state, value: aggregation.value(state).toFixed() };
}

describe('worked aggregations', () => {
  it.each<[string, JsonValue[], JsonValue, string]>([
    ['count', [5, 'x', null], 3, '3'],
    ['sum', [6, -2, 5], 9, '9'],
    ['sum', [0.1, '0.2'], 0.3, '0.3'],
    ['sum', ['1.5', '2.50'], 4, '4'],
    ['sum', [-1, '-0.25'], -1.25, '-1.25'],
    ['sum', [-0, '-0'], 0, '0'],
    ['sum', [Number.MAX_SAFE_INTEGER, 2], '9007199254740993', '9007199254740993'],
    ['sum', [Number.MAX_SAFE_INTEGER, 2, -2], Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['sum', [1e3, 1e-7], 1000.0000001, '1000.0000001'],
    ['sum', [1e21], '1000000000000000000000', '1000000000000000000000'],
    [
      'sum',
      ['999999999999999', '0.0000000000001'],
      '999999999999999.0000000000001',
      '999999999999999.0000000000001',
    ],
    ['sum', ['0.1234567890123456', '0.0000000000000004'], 0.123456789012346, '0.123456789012346'],
    ['sum', ['0.1234567890123456', 0], '0.1234567890123456', '0.1234567890123456'],
    ['sum', [999999999999999, 0.5], '999999999999999.5', '999999999999999.5'],
    ['sum', [99999999999999.5, -99999999999999.25], 0.25, '0.25'],
    ['sum', [1e-16, 1e-15], '0.0000000000000011', '0.0000000000000011'],
    ['sum', ['150000000000000.1', '-149999999999999.05'], 1.05, '1.05'],
    ['max', [5, 20, 3], 20, '20'],
    ['max', ['1.50', 1.5], 1.5, '1.5'],
    ['max', [-5, '-20'], -5, '-5'],
    ['max', ['9007199254740993', '9007199254740992'], '9007199254740993', '9007199254740993'],
    ['min', [5, '-20', 3], -20, '-20'],
    ['min', ['9007199254740993', '9007199254740992'], '9007199254740992', '9007199254740992'],
    [
      'unique_count',
      ['b', 'a', 'b', 1, '1', true, 'true'],
      {
        values: ['1', 'a', 'b', 'true'],
        last: [0, 4, 0, 0, 1, 0, 0, 2, 0, 0, 6, 0],
      },
      '4',
    ],
    [
      'unique_count',
      ['1', '1.0', ''],
      { values: ['', '1', '1.0'], last: [0, 2, 0, 0, 0, 0, 0, 1, 0] },
      '3',
    ],
    ['average', [1, '2', 4.5], [3, 7.5], '2.5'],
    ['average', [1, 0, 0], [3, 1], '0.3333333333333333333333333333333333333333'],
    ['average', [-1, -1, 0], [3, -2], '-0.6666666666666666666666666666666666666667'],
    ['weighted_sum', [2500, '-2000', -200.5], [299.5, 0], '299.5'],
  ])('%s of %j is kept as %j and worth %s', (code, sent, state, value) => {
    expect(
      aggregate(
        code,
        sent.map((item, position) => at(item, 0, position)),
      ),
    ).toEqual({ state, value });
  });

  it('takes the latest by timestamp, then by place in the log', () => {
    expect(aggregate('latest', [at(1, 10, 3), at(-2, 20, 1), at(3, 20, 0), at(4, 5, 9)])).toEqual({
      state: [20, 1, 0, -2],
      value: '-2',
    });
    const early = { ...at('7.50', 1, 1), index: 1 };
    const later = { ...at(8, 1, 1), index: 2 };
    expect(aggregate('latest', [later, early]).value).toBe('8');
  });
});

describe('what cannot be counted', () => {
  it.each<[JsonValue | undefined, string | null]>([
    [undefined, 'missing_field'],
    [null, 'missing_field'],
    [true, 'not_a_number'],
    [{}, 'not_a_number'],
    [[1], 'not_a_number'],
    ['', 'not_a_number'],
    [' 1', 'not_a_number'],
    ['+1', 'not_a_number'],
    ['1e3', 'not_a_number'],
    ['1.', 'not_a_number'],
    ['.5', 'not_a_number'],
    ['1,5', 'not_a_number'],
    ['0x10', 'not_a_number'],
    ['1\n', 'not_a_number'],
    [NaN, 'not_a_number'],
    [Infinity, 'not_a_number'],
    ['1'.repeat(401), 'number_too_long'],
    ['1'.repeat(400), null],
    [1e3, null],
    [1e-300, null],
    ['-0.50', null],
    ['007', null],
  ])('a number: %j → %s', (value, code) => {
    for (const type of ['sum', 'max', 'min', 'average', 'latest', 'weighted_sum']) {
      expect(findAggregation(type)?.refuses(at(value))).toBe(code);
    }
  });

  it.each<[JsonValue | undefined, string | null]>([
    [undefined, 'missing_field'],
    [null, 'missing_field'],
    [{}, 'not_a_scalar'],
    [['a'], 'not_a_scalar'],
    ['', null],
    [false, null],
    [1.5, null],
  ])('a distinct value: %j → %s', (value, code) => {
    expect(findAggregation('unique_count')?.refuses(at(value))).toBe(code);
  });

  it('counts a record whatever it holds', () => {
    expect(findAggregation('count')?.refuses(at(undefined))).toBeNull();
  });

  it('orders numbers beyond any double', () => {
    const long = '9'.repeat(400);
    expect(aggregate('max', [at(long), at(`-${long.slice(1)}`), at(1)]).value).toBe(long);
    expect(aggregate('min', [at(long), at('9'.repeat(399)), at(long)]).value).toBe('9'.repeat(399));
  });
});
