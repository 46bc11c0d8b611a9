import fc from 'fast-check';
import type { JsonObject } from '../kernel/json.js';
import { AdvanceFees } from './advance-fees.js';
import type { Charge } from './charge.js';
import { contextOf, meterOf, partOf, stretchOf, type RecordOf } from './rate-part.fixture.js';

const chargeOf = (model: string, properties: JsonObject, prorated = false): Charge => ({
  meterCode: 'm',
  model,
  properties,
  prorated,
  payInAdvance: true,
});

const february = stretchOf('2023-02');

function feesOf(
  charge: Charge,
  type: string,
  records: readonly RecordOf[],
  stretch = february,
): AdvanceFees {
  const meter = meterOf(type, charge.prorated === true);
  return new AdvanceFees(charge, partOf(meter, stretch, records), contextOf(meter, stretch));
}

/** Each record's units and fee in cents, in the order of time. */
const shown = (fees: AdvanceFees): [string, number][] =>
  fees.of(() => true).map(({ units, amount }) => [units.toFixed(), amount]);

const on = (day: string, value: string, removes = false): RecordOf => ({
  at: `2023-02-${day}T00:00:00Z`,
  value,
  removes,
});

const priced = (day: string, value: string, price: string): RecordOf => ({
  ...on(day, value),
  properties: { precise_total_amount_cents: price },
});

describe('fees in advance', () => {
  it.each<[string, [Charge, string], RecordOf[], [string, number][]]>([
    [
      'of distinct values are for new ones only',
      [chargeOf('standard', { amount: '12' }), 'unique_count'],
      [
        on('15', 'id_1'),
        on('16', 'id_1', true),
        on('17', 'id_1'),
        on('18', 'id_2'),
        on('19', 'id_2'),
        on('20', 'id_3'),
        on('21', 'id_3', true),
      ],
      [
        ['1', 1_200],
        ['0', 0],
        ['1', 0],
        ['1', 1_200],
        ['0', 0],
        ['1', 1_200],
        ['0', 0],
      ],
    ],
    [
      'of a sum are for what rises above its highest',
      [chargeOf('standard', { amount: '1' }), 'sum'],
      [on('15', '6'), on('16', '-2'), on('17', '5')],
      [
        ['6', 600],
        ['0', 0],
        ['5', 300],
      ],
    ],
    [
      'of packages are for those begun, in the order of time',
      [chargeOf('package', { amount: '100', free_units: 3, package_size: 2 }), 'sum'],
      [on('15', '3'), on('17', '1'), on('18', '2'), on('19', '5')],
      [
        ['3', 0],
        ['1', 10_000],
        ['2', 10_000],
        ['5', 20_000],
      ],
    ],
    [
      'of a percentage with free units',
      [
        chargeOf('percentage', {
          rate: '5',
          fixed_amount: '1',
          free_units_per_total_aggregation: '120.0',
        }),
        'sum',
      ],
      [on('14', '100'), on('15', '10'), on('16', '20'), on('17', '20')],
      [
        ['100', 0],
        ['10', 0],
        ['20', 150],
        ['20', 200],
      ],
    ],
    [
      'of a percentage with bounds',
      [
        chargeOf('percentage', {
          rate: '1',
          fixed_amount: '0.5',
          per_transaction_min_amount: '1.75',
          per_transaction_max_amount: '2',
        }),
        'sum',
      ],
      [on('14', '100'), on('15', '1000'), on('16', '10000')],
      [
        ['100', 175],
        ['1000', 200],
        ['10000', 200],
      ],
    ],
    [
      'of the price that records name',
      [chargeOf('dynamic', {}), 'sum'],
      [priced('14', '5', '1234.56'), priced('15', '1', '2.1')],
      [
        ['5', 1_235],
        ['1', 2],
      ],
    ],
    [
      'of ranges of percentages enter flat amounts once',
      [
        chargeOf('graduated_percentage', {
          graduated_percentage_ranges: [
            { from_value: '0', to_value: '100', rate: '20', flat_amount: '10' },
            { from_value: '101', to_value: '200', rate: '30', flat_amount: '7' },
            { from_value: '201', to_value: null, rate: '40', flat_amount: '5' },
          ],
        }),
        'sum',
      ],
      [on('15', '50'), on('17', '100'), on('19', '300')],
      [
        ['50', 2_000],
        ['100', 3_200],
        ['300', 12_000],
      ],
    ],
    ['of no record are none', [chargeOf('standard', { amount: '1' }), 'sum'], [], []],
  ])('%s', (_, [charge, type], records, expected) => {
    expect(shown(feesOf(charge, type, records))).toEqual(expected);
  });

  it('by the day begin with the units that are carried over', () => {
    const charge = chargeOf('standard', { amount: '28' }, true);
    const records = [
      { at: '2023-01-10T00:00:00Z', value: '2' },
      on('15', '1'),
      on('16', '-1'),
      on('20', '2'),
    ];
    const fees = feesOf(charge, 'sum', records);
    expect(shown(fees)).toEqual([
      ['2', 5_600],
      ['1', 1_400],
      ['0', 0],
      ['2', 900],
    ]);
    expect(fees.of((event) => event === null).map(({ amount }) => amount)).toEqual([5_600]);
    expect(fees.amount).toBe(7_900);
  });

  it('sum up to the price of all, whatever the records', () => {
    const value = fc.integer({ min: -50, max: 100 }).map(String);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), (values) => {
        const fees = feesOf(
          chargeOf('standard', { amount: '0.333' }),
          'sum',
          values.map((each) => on('15', each)),
        );
        const sum = shown(fees).reduce((total, [, amount]) => total + amount, 0);
        let level = 0;
        let highest = 0;
        for (const each of values) {
          level += Number(each);
          highest = Math.max(highest, level);
        }
        expect(sum).toBe(fees.amount);
        expect(sum).toBe(Math.round((highest * 333) / 10));
      }),
      { numRuns: 200 },
    );
  });
});
