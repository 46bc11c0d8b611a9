/** What an airport pays, in integers. The plan that the API is given and the bills that are expected both come from here. */
export const CURRENCY = 'USD';
export const FEE_CENTS = 4_900;
export const INCLUDED_DEPARTURES = 20;

/** Departures up to and including `upTo` cost `mills` each, thousandths of a dollar; entering the range costs `flatMills`. */
export const DEPARTURE_RANGES: readonly {
  readonly upTo: number | null;
  readonly mills: number;
  readonly flatMills: number;
}[] = [
  { upTo: 20, mills: 1_250, flatMills: 0 },
  { upTo: 100, mills: 875, flatMills: 5_000 },
  { upTo: null, mills: 625, flatMills: 15_000 },
];

export const PACKAGE_MILES = 1_000;
export const PACKAGE_CENTS = 240;

export const METERS = {
  departures: {
    name: 'Departures',
    aggregation: { type: 'count' },
    group_by: ['destination'],
  },
  distance: { name: 'Miles flown', aggregation: { type: 'sum', field: 'miles' } },
  longest_delay: {
    name: 'Longest delay in minutes',
    aggregation: { type: 'max', field: 'delay_minutes' },
  },
  destinations: {
    name: 'Distinct destinations',
    aggregation: { type: 'unique_count', field: 'destination' },
  },
} as const;

export type MeterCode = keyof typeof METERS;
export const METER_CODES = Object.keys(METERS) as MeterCode[];

/** `code` of the usage records. */
export const EVENT_CODE = 'flight';
export const FEATURE = 'departures';
export const PLAN = 'airport';
export const CLOCK = 'flights-2001';

export const MONTHS = ['2001-01', '2001-02', '2001-03'] as const;

/** The plan as the API takes it. */
export const planBody = (): Record<string, unknown> => ({
  code: PLAN,
  name: 'Airport',
  currency: CURRENCY,
  interval: 'month',
  amount: FEE_CENTS,
  charges: [
    {
      meter_code: 'departures',
      model: 'graduated',
      display_name: 'Departures',
      properties: { graduated_ranges: graduatedRanges() },
    },
    {
      meter_code: 'distance',
      model: 'package',
      display_name: 'Miles flown',
      properties: { amount: dollars(PACKAGE_CENTS * 10), package_size: String(PACKAGE_MILES) },
    },
  ],
  entitlements: [
    {
      feature_code: FEATURE,
      amount: String(INCLUDED_DEPARTURES),
      reset: { interval: 'month' },
    },
  ],
});

const graduatedRanges = (): object[] =>
  DEPARTURE_RANGES.map(({ upTo, mills, flatMills }, index) => ({
    from_value: String(DEPARTURE_RANGES[index - 1]?.upTo ?? 0),
    to_value: upTo === null ? null : String(upTo),
    per_unit_amount: dollars(mills),
    flat_amount: dollars(flatMills),
  }));

/** Thousandths of a dollar as a decimal text. */
const dollars = (mills: number): string =>
  `${Math.floor(mills / 1_000)}.${String(mills % 1_000).padStart(3, '0')}`;
