import { toText } from '../kernel/decimal.js';
import type { Charge } from './charge.js';
import { pricePart } from './rate-part.js';
import { contextOf, meterOf, partOf, stretchOf, type RecordOf } from './rate-part.fixture.js';

const seats = meterOf('sum', true);
const cards = meterOf('unique_count', true);

const ranges = (rows: [string, string | null, string, string][]): Charge => ({
  meterCode: 'm',
  model: 'graduated',
  prorated: true,
  properties: {
    graduated_ranges: rows.map(([from_value, to_value, per_unit_amount, flat_amount]) => ({
      from_value,
      to_value,
      per_unit_amount,
      flat_amount,
    })),
  },
});

const price = (
  { rounding = 'exact', ...charge }: Charge & { readonly rounding?: 'exact' | 'lago' },
  meter: ReturnType<typeof meterOf>,
  stretch: ReturnType<typeof stretchOf>,
  records: readonly RecordOf[],
): string =>
  toText(
    pricePart(
      charge,
      partOf(meter, stretch, records),
      contextOf(meter, stretch, rounding),
    ).amount.round(5),
  );

const seat = (at: string, value: string): RecordOf => ({ at: `${at}T00:00:00Z`, value });
const card = (at: string, value: string, removes = false): RecordOf => ({
  at: `${at}T00:00:00Z`,
  value,
  removes,
});

describe('prorated graduated prices of a sum', () => {
  const charge = ranges([
    ['0', '5', '10', '100'],
    ['6', '15', '5', '50'],
    ['16', null, '2', '0'],
  ]);
  const september = [
    seat('2023-09-10', '2'),
    seat('2023-09-16', '5'),
    seat('2023-09-20', '-6'),
    seat('2023-09-25', '10'),
    seat('2023-09-26', '4'),
    seat('2023-09-30', '60'),
  ];

  it.each([
    [0, '100'],
    [1, '114'],
    [2, '184'],
    [3, '165.66667'],
    [4, '179.66667'],
    [5, '183'],
    [6, '187'],
  ])('after %i records come to %s', (count, amount) => {
    expect(price(charge, seats, stretchOf('2023-09'), september.slice(0, count))).toBe(amount);
  });

  it('begin the next month with all that is there', () => {
    const october = stretchOf('2023-10');
    expect(price(charge, seats, october, september)).toBe('370');
    expect(price(charge, seats, october, [...september, seat('2023-10-17', '20')])).toBe(
      '389.35484',
    );
  });

  it('are for the days until the end', () => {
    const free = ranges([
      ['0', '5', '0', '0'],
      ['6', null, '10', '0'],
    ]);
    const december = stretchOf('2023-12', '2023-12-07T00:00:00.001Z');
    const records = [seat('2023-10-05', '7'), seat('2023-11-05', '-1'), seat('2023-12-07', '1')];
    expect(price(free, seats, december, records)).toBe('2.58065');
  });

  it('of units below zero have nothing in any range', () => {
    expect(price(charge, seats, stretchOf('2023-09'), [seat('2023-09-10', '-3')])).toBe('100');
  });
});

describe('prorated graduated prices of distinct values', () => {
  const charge = ranges([
    ['0', '1', '10', '100'],
    ['2', null, '5', '50'],
  ]);
  const september = [
    card('2023-09-10', '1111'),
    card('2023-09-12', '1111', true),
    card('2023-09-14', '1111'),
    card('2023-09-15', '2222'),
    card('2023-09-16', '2222'),
    card('2023-09-20', '3333'),
  ];

  it.each([
    [1, '107'],
    [2, '101'],
    [3, '106.66667'],
    [4, '159.33333'],
    [5, '159.33333'],
    [6, '161.16667'],
  ])('after %i records come to %s', (count, amount) => {
    expect(price(charge, cards, stretchOf('2023-09'), september.slice(0, count))).toBe(amount);
  });
});

describe('other prorated prices', () => {
  const april = stretchOf('2024-04');
  const standard: Charge = {
    meterCode: 'm',
    model: 'standard',
    prorated: true,
    properties: { amount: '5000' },
  };

  it.each([
    ['exact', '18333.33333'],
    ['lago', '18333.35'],
  ] as const)('per unit are %s', (rounding, amount) => {
    expect(price({ ...standard, rounding }, seats, april, [seat('2024-04-20', '10')])).toBe(amount);
  });

  it('are not below zero', () => {
    expect(price(standard, seats, april, [seat('2024-04-20', '-10')])).toBe('0');
  });

  it('by volume take the range of all units, and the days of each', () => {
    const volume: Charge = {
      meterCode: 'm',
      model: 'volume',
      prorated: true,
      properties: {
        volume_ranges: [
          { from_value: '0', to_value: '10', per_unit_amount: '3' },
          { from_value: '11', to_value: null, per_unit_amount: '2' },
        ],
      },
    };
    const records = [seat('2024-04-01', '10'), seat('2024-04-16', '10')];
    expect(price(volume, seats, april, records)).toBe('30');
  });

  it('need a meter whose units change by the day', () => {
    expect(() => price(standard, meterOf('max', true), april, [])).toThrow(
      'max cannot be prorated',
    );
  });
});
