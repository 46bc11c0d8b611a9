import type { JsonObject, JsonValue } from '../kernel/json.js';
import { validateCharge } from './charge-validation.js';

const wrong = (model: string, properties: JsonObject): string[] =>
  validateCharge({ model, properties }, '/charges/0').map(({ pointer, code }) => {
    return `${pointer.replace('/charges/0', '')} ${code}`;
  });

describe('a charge', () => {
  it('has a known model', () => {
    expect(validateCharge({ model: 'guess', properties: {} }, '/charges/3')).toEqual([
      {
        pointer: '/charges/3/model',
        code: 'unknown_charge_model',
        detail:
          'There is no charge model "guess"; there are standard, graduated, volume, package, percentage, graduated_percentage, dynamic.',
      },
    ]);
  });

  it('has its properties, and no others', () => {
    expect(wrong('standard', {})).toEqual(['/properties/amount required']);
    expect(wrong('standard', { amount: 1, rate: 2 })).toEqual(['/properties/rate unknown_field']);
    expect(wrong('package', { free_units: -1 })).toEqual([
      '/properties/amount required',
      '/properties/package_size required',
      '/properties/free_units invalid',
    ]);
    expect(wrong('standard', [] as unknown as JsonObject)).toEqual(['/properties invalid']);
  });
});

describe('a price', () => {
  it.each<[JsonValue, boolean]>([
    ['0', true],
    ['0.75', true],
    [0.75, true],
    [1e-7, true],
    ['0.000000000000001', true],
    ['0.0000000000000001', false],
    [1e-16, false],
    ['99999999999999999999', true],
    ['100000000000000000000', false],
    [1e20, false],
    ['-1', false],
    [-1, false],
    ['1e3', false],
    ['', false],
    [NaN, false],
    [null, false],
    [true, false],
  ])('%j is accepted: %s', (amount, accepted) => {
    expect(wrong('standard', { amount })).toEqual(accepted ? [] : ['/properties/amount invalid']);
  });

  it('is explained when it is refused', () => {
    const [error] = validateCharge({ model: 'standard', properties: { amount: 'x' } }, '');
    expect(error?.detail).toBe(
      'Must be a decimal that is not negative, with at most 20 digits before the point and 15 behind it. Price of one unit in major units.',
    );
  });

  it('of a package is for more than no units', () => {
    expect(wrong('package', { amount: 1, package_size: 0 })).toEqual([
      '/properties/package_size invalid',
    ]);
    expect(wrong('package', { amount: 1, package_size: '0.5', free_units: 0 })).toEqual([]);
  });
});

describe('a percentage', () => {
  it.each<[JsonObject, string[]]>([
    [{ rate: '1' }, []],
    [{ rate: 0, fixed_amount: 0, free_units_per_events: 0 }, []],
    [{}, ['/properties/rate required']],
    [{ rate: -1 }, ['/properties/rate invalid']],
    [{ rate: 1, free_units_per_events: '2.5' }, ['/properties/free_units_per_events not_whole']],
    [
      { rate: 1, per_transaction_max_amount: 0 },
      ['/properties/per_transaction_max_amount invalid'],
    ],
    [{ rate: 1, per_transaction_min_amount: 2, per_transaction_max_amount: 2 }, []],
    [
      { rate: 1, per_transaction_min_amount: '2.01', per_transaction_max_amount: 2 },
      ['/properties/per_transaction_min_amount min_above_max'],
    ],
  ])('%j is refused for %j', (properties, expected) => {
    expect(wrong('percentage', properties)).toEqual(expected);
  });
});

it('the price that a sender names has no properties', () => {
  expect(wrong('dynamic', {})).toEqual([]);
  expect(wrong('dynamic', { amount: 1 })).toEqual(['/properties/amount unknown_field']);
});

describe.each([
  ['graduated', 'graduated_ranges', 'per_unit_amount'],
  ['volume', 'volume_ranges', 'per_unit_amount'],
  ['graduated_percentage', 'graduated_percentage_ranges', 'rate'],
])('the ranges of a %s charge', (model, key, unitPrice) => {
  const ranges = (...list: [JsonValue, JsonValue][]) => ({
    [key]: list.map(([from_value, to_value]) => ({ from_value, to_value, [unitPrice]: 1 })),
  });
  const at = (place: string) => `/properties/${key}${place}`;

  it.each<[string, [JsonValue, JsonValue][], string[]]>([
    ['one open range', [[0, null]], []],
    [
      'stepping ranges',
      [
        [0, 5],
        [6, '10.5'],
        ['11.5', null],
      ],
      [],
    ],
    [
      'touching ranges',
      [
        [0, 5],
        ['5', 10],
        [10, null],
      ],
      [],
    ],
    ['a late first range', [[1, null]], ['/0/from_value range_gap']],
    [
      'a gap',
      [
        [0, 5],
        [7, null],
      ],
      ['/1/from_value range_gap'],
    ],
    [
      'an overlap',
      [
        [0, 5],
        [4, null],
      ],
      ['/1/from_value range_overlap'],
    ],
    ['a closed end', [[0, 5]], ['/0/to_value range_closed']],
    [
      'an open middle',
      [
        [0, null],
        [6, null],
      ],
      ['/0/to_value range_open'],
    ],
    [
      'an empty range',
      [
        [0, 0],
        [0, null],
      ],
      ['/0/to_value range_empty'],
    ],
    [
      'a range turned round',
      [
        [0, 5],
        [6, 4],
        [5, null],
      ],
      ['/1/to_value range_empty'],
    ],
    [
      'a range of one unit',
      [
        [0, 5],
        [6, 6],
        [7, null],
      ],
      [],
    ],
    ['no range', [], [' too_few']],
    ['a bad bound', [['x', null]], ['/0/from_value invalid']],
    ['a bad end', [[0, 'x']], ['/0/to_value invalid']],
  ])('%s', (_, list, expected) => {
    expect(wrong(model, ranges(...list))).toEqual(expected.map((error) => at(error)));
  });

  it('are at most 100', () => {
    const chain = (count: number) =>
      ranges(
        ...Array.from({ length: count }, (_, index): [JsonValue, JsonValue] => [
          index,
          index === count - 1 ? null : index + 1,
        ]),
      );
    expect(wrong(model, chain(100))).toEqual([]);
    expect(wrong(model, chain(101))).toEqual([at(' too_many')]);
  });
});
