import type { JsonValue } from '../../../kernel/json.js';
import type { AggregationState, Observation } from '../../aggregation.js';
import { EXPRESSION_LENGTH_MAX } from '../../expression/limits.js';
import { checkMeter } from '../../meter-check.js';
import { aggregationOf } from '../registry.js';

const meterOf = (formula: JsonValue) => ({
  code: 'spread',
  eventCode: 'request',
  aggregation: { type: 'custom', field: 'ms', settings: { formula } },
  filters: {},
  groupBy: [],
});

const observations = (given: readonly JsonValue[], operation?: string): Observation[] =>
  given.map((value, at) => ({ value, operation, timestamp: at, position: 1, index: at }));

function aggregate(formula: string, list: readonly Observation[]) {
  const aggregation = aggregationOf(meterOf(formula));
  const state = list.reduce<AggregationState>(
    (before, item) => aggregation.add(before, item),
    aggregation.empty(),
  );
  return { state, value: aggregation.value(state).toFixed() };
}

describe('a custom aggregation', () => {
  it.each<[string, JsonValue[], string]>([
    ['count', [5, 6], '2'],
    ['sum / count - average', [1, 2, 6], '0'],
    ['max - min', [4, -2, 3], '6'],
    ['latest - first', [4, 9, 1], '-3'],
    ['unique_count * 10', ['1', 1, 2], '20'],
    [
      '(sum_of_squares - sum * sum / count) / (count - 1)',
      [2, 4, 4, 4, 5, 5, 7, 9],
      '4.5714285714285714285714285714285714285714',
    ],
    ['ceil(sum / 1000)', [999, 2], '2'],
    ['greatest(sum, 10)', [1], '10'],
    ['5', [1], '5'],
    ['sum / (count - 1)', [7], '0'],
    ['5', [], '0'],
  ])('%s of %j is %s', (formula, given, expected) => {
    expect(aggregate(formula, observations(given)).value).toBe(expected);
  });

  it('keeps the quantities of its formula and no others', () => {
    expect(aggregate('sum + sum / count', observations([2, '0.5'])).state).toEqual([2, 2, 2.5]);
    expect(aggregate('1', observations([2, 3])).state).toEqual([2]);
  });

  it('takes values out again where it counts distinct ones', () => {
    const [added] = observations(['a']);
    const removed = { ...added!, operation: 'remove', timestamp: 9 };
    expect(aggregate('unique_count + 0', [removed, added!]).value).toBe('0');
    expect(aggregationOf(meterOf('unique_count')).readsOperation).toBe(true);
    expect(aggregationOf(meterOf('sum')).readsOperation).toBe(false);
  });

  it('refuses what one of its quantities refuses', () => {
    const [text] = observations(['x']);
    expect(aggregationOf(meterOf('unique_count + sum')).refuses(text!)).toBe('not_a_number');
    expect(aggregationOf(meterOf('unique_count')).refuses(text!)).toBeNull();
    expect(aggregationOf(meterOf('unique_count')).refuses({ ...text!, value: null })).toBe(
      'missing_field',
    );
  });
});

const problemsOf = (formula: string): string[] =>
  checkMeter(meterOf(formula)).map(({ pointer, code, detail }) => {
    expect([pointer, code]).toEqual(['/aggregation/settings/formula', 'invalid_expression']);
    return detail;
  });

describe('the settings of a custom aggregation', () => {
  it('are a formula', () => expect(checkMeter(meterOf('sum'))).toEqual([]));

  it.each<[string, string]>([
    ['sum / mean', 'Character 7, at "mean": There is no mean'],
    ['properties.a', 'Character 1, at "properties.a": There is no properties'],
  ])('%s → %s', (formula, problem) => {
    const names = 'average, count, first, latest, max, min, sum, sum_of_squares, unique_count';
    expect(problemsOf(formula)).toEqual([`${problem}; there are ${names}.`]);
  });

  it('give a number', () => {
    expect(problemsOf('concat(sum)')).toEqual([
      'Character 1, at "concat(sum)": This gives a text; here should be a number.',
    ]);
  });

  it('have a form', () => {
    const codes = (settings: object) =>
      checkMeter({
        ...meterOf(''),
        aggregation: { type: 'custom', field: 'ms', settings: settings as never },
      }).map(({ pointer, code }) => [pointer, code]);
    const formula = '/aggregation/settings/formula';
    expect(codes({})).toEqual([[formula, 'required']]);
    expect(codes({ formula: 5 })).toEqual([[formula, 'invalid']]);
    expect(codes({ formula: '' })).toEqual([[formula, 'invalid']]);
    expect(codes({ formula: ' '.repeat(EXPRESSION_LENGTH_MAX + 1) })).toEqual([
      [formula, 'invalid'],
    ]);
    expect(codes({ formula: 'sum', more: 1 })).toEqual([
      ['/aggregation/settings/more', 'unknown_field'],
    ]);
  });

  it('are no other aggregation’s', () => {
    const aggregation = { type: 'count', settings: { formula: 'sum' } };
    expect(checkMeter({ ...meterOf(''), aggregation })).toEqual([
      {
        pointer: '/aggregation/settings',
        code: 'not_allowed',
        detail: 'A meter of type count has no settings.',
      },
    ]);
  });
});
