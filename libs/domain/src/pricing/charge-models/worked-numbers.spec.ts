import { decimal } from '../../kernel/decimal.js';
import type { JsonObject } from '../../kernel/json.js';
import { validateCharge } from '../charge-validation.js';
import type { ChargeUsage } from '../charge-model.js';
import { findChargeModel } from './registry.js';

interface Row {
  readonly model: string;
  readonly properties: JsonObject;
  /** Units, then the amount in major units. */
  readonly prices: readonly (readonly [string, string])[];
}

const range = (from: number, to: number | null, perUnit: string, flat: string): JsonObject => ({
  from_value: from,
  to_value: to,
  per_unit_amount: perUnit,
  flat_amount: flat,
});

const HUGE = '123456789012345678901234567890.123';

const table: Row[] = [
  {
    model: 'standard',
    properties: { amount: '12.5' },
    prices: [
      ['-3', '0'],
      ['0', '0'],
      ['1', '12.5'],
      ['6', '75'],
      ['0.000000000000001', '0.0000000000000125'],
      [HUGE, '1543209862654320986265432098626.5375'],
    ],
  },
  {
    model: 'standard',
    properties: { amount: 0.1 },
    prices: [['3', '0.3']],
  },
  {
    model: 'graduated',
    properties: { graduated_ranges: [range(0, 5, '10', '100'), range(6, null, '5', '50')] },
    prices: [
      ['-1', '100'],
      ['0', '100'],
      ['1', '110'],
      ['2', '120'],
      ['5', '150'],
      ['5.5', '202.5'],
      ['6', '205'],
      ['8', '215'],
      [HUGE, '617283945061728394506172839625.615'],
    ],
  },
  {
    model: 'volume',
    properties: { volume_ranges: [range(0, 10, '5', '100'), range(11, null, '2', '50')] },
    prices: [
      ['-1', '100'],
      ['0', '100'],
      ['1', '105'],
      ['10', '150'],
      ['10.5', '71'],
      ['11', '72'],
      ['15', '80'],
    ],
  },
  {
    model: 'graduated_percentage',
    properties: {
      graduated_percentage_ranges: [
        { from_value: 0, to_value: 100, rate: '5', flat_amount: '0' },
        { from_value: 101, to_value: null, rate: '2', flat_amount: '10' },
      ],
    },
    prices: [
      ['-1', '0'],
      ['0', '0'],
      ['1', '0.05'],
      ['50', '2.5'],
      ['100', '5'],
      ['100.5', '15.01'],
      ['101', '15.02'],
      ['200', '17'],
    ],
  },
  {
    model: 'graduated_percentage',
    properties: {
      graduated_percentage_ranges: [
        { from_value: 0, to_value: 100, rate: '20', flat_amount: '10' },
        { from_value: 101, to_value: 200, rate: '30', flat_amount: '7' },
        { from_value: 201, to_value: null, rate: '40', flat_amount: '5' },
      ],
    },
    prices: [
      ['0', '10'],
      ['50', '20'],
      ['150', '52'],
      ['450', '172'],
    ],
  },
  {
    model: 'graduated_percentage',
    properties: {
      graduated_percentage_ranges: [{ from_value: 0, to_value: null, rate: '0.000000000000001' }],
    },
    prices: [['1', '0.00000000000000001']],
  },
  {
    model: 'package',
    properties: { amount: '100', package_size: 10, free_units: 5 },
    prices: [
      ['-1', '0'],
      ['0', '0'],
      ['5', '0'],
      ['5.1', '100'],
      ['15', '100'],
      ['15.000000000000000000000000000000000000000000000001', '200'],
      ['16', '200'],
    ],
  },
  {
    model: 'package',
    properties: { amount: '15', package_size: '10' },
    prices: [
      ['0', '0'],
      ['5', '15'],
      ['10', '15'],
      ['17', '30'],
      ['19.99999999999999999999999999999999999999999999999999', '30'],
      ['22', '45'],
    ],
  },
];

const cases = table.flatMap(({ model, properties, prices }) =>
  prices.map(([units, amount]) => ({ model, properties, units, amount })),
);

describe('worked prices', () => {
  it.each(cases)(
    '$model prices $units units at $amount',
    ({ model, properties, units, amount }) => {
      const charge = { model, properties };
      expect(validateCharge(charge, '')).toEqual([]);
      const usage = { units: decimal(units), eventsCount: 1 };
      expect(exactAmount(charge, usage)).toBe(amount);
    },
  );

  it('prices ranges written `0–5, 6–∞` and `0–5, 5–∞` alike', () => {
    const touching = [range(0, 5, '10', '100'), range(5, null, '5', '50')];
    const stepping = [range(0, 5, '10', '100'), range(6, null, '5', '50')];
    for (const units of ['0', '5', '5.5', '6', '7']) {
      const usage = { units: decimal(units), eventsCount: 1 };
      for (const [model, key] of [
        ['graduated', 'graduated_ranges'],
        ['volume', 'volume_ranges'],
      ] as const) {
        expect(exactAmount({ model, properties: { [key]: touching } }, usage)).toBe(
          exactAmount({ model, properties: { [key]: stepping } }, usage),
        );
      }
    }
  });
});

function exactAmount(
  charge: { readonly model: string; readonly properties: JsonObject },
  usage: ChargeUsage,
): unknown {
  const model = findModel(charge.model);
  const units = usage.units.lt(0) ? decimal(0) : usage.units;
  return model.price({ ...usage, units }, charge.properties).amount.toFixed();
}

function findModel(code: string) {
  const model = findChargeModel(code);
  if (model === undefined) throw new Error(`no charge model ${code}`);
  return model;
}
