import type { Plan } from '../catalog/plan.js';
import { decimal, toText } from '../kernel/decimal.js';
import { fromIso } from '../kernel/instant.js';
import type { MeteredEvent } from '../metering/metered-event.js';
import type { Meter } from '../metering/meter.js';
import { priceCharge, type PricedCharge } from './priced-charge.js';
import { elapsedOf, projectCharge, projectTotal } from './projected-charge.js';

const JUNE = { from: fromIso('2026-06-01T00:00:00Z'), to: fromIso('2026-07-01T00:00:00Z') };
const onDay = (day: number) => elapsedOf(JUNE, JUNE.from + day * 86_400_000);
const TERMS = {
  stretch: { period: JUNE, full: JUNE, timezone: 'UTC', endsWithPeriod: false },
  unitRounding: 'exact',
} as const;
const DIGEST = '0'.repeat(32);

const SUM: Meter = {
  code: 'calls',
  version: 1,
  eventCode: 'calls',
  aggregation: { type: 'sum', field: 'n' },
  filters: {},
  groupBy: [],
};

const planOf = (charge: Partial<Plan['charges'][number]>): Plan => ({
  code: 'basic',
  version: 1,
  name: 'Basic',
  currency: 'EUR',
  interval: 'month',
  amount: 0,
  payInAdvance: false,
  charges: [{ meterCode: 'calls', model: 'standard', properties: { amount: '0.10' }, ...charge }],
  entitlements: [],
});

function soFar(
  plan: Plan,
  units: string,
  meter: Meter = SUM,
  events: readonly MeteredEvent[] = [],
): PricedCharge {
  const total = { group: {}, value: decimal(units), eventsCount: 4, digest: DIGEST };
  const parts = [{ key: { filter: null, group: {} }, total, events }];
  const usage = { chargeIndex: 0, meter, parts, position: 9, cut: [9] };
  return priceCharge(plan, usage, { ...TERMS, closesPeriod: false });
}

const projected = (plan: Plan, priced: PricedCharge, day: number): [string[], number] => {
  const charge = projectCharge(plan, priced, TERMS, onDay(day));
  return [charge.parts.map(({ units }) => toText(units)), charge.amount];
};

const eventOf = (units: number, at: number): MeteredEvent => ({
  value: units,
  operation: undefined,
  timestamp: JUNE.from + at,
  position: 1,
  index: at,
  transactionId: `t${at}`,
  windowFrom: JUNE.from,
  properties: {},
  shard: 0,
  lanes: [0, 0, 0, 0],
});

describe('a projection to the end of the period', () => {
  it.each([
    ['a third of the period', 10, '300', 3_000],
    ['half of it', 15, '200', 2_000],
    ['a thirtieth', 1, '3000', 30_000],
    ['all of it', 30, '100', 1_000],
    ['what is beyond it', 40, '100', 1_000],
    ['nothing of it', 0, '100', 1_000],
    ['a time before it', -1, '100', 1_000],
  ])('of a hundred units after %s', (_, day, units, amount) => {
    const plan = planOf({});
    expect(projected(plan, soFar(plan, '100'), day)).toEqual([[units], amount]);
  });

  it('carries units to five places', () => {
    const plan = planOf({});
    expect(projected(plan, soFar(plan, '1'), 7)).toEqual([['4.28571'], 43]);
  });

  it.each([
    ['ceil', 10, '10', '30'],
    ['ceil', 7, '1', '5'],
    ['floor', 7, '1', '4'],
  ] as const)('rounds as the meter does: %s after %i days', (mode, day, units, expected) => {
    const plan = planOf({});
    const meter: Meter = { ...SUM, rounding: { mode, precision: 0 } };
    expect(projected(plan, soFar(plan, units, meter), day)[0]).toEqual([expected]);
  });

  it('prices projected units anew, so that tiers count', () => {
    const plan = planOf({
      model: 'graduated',
      properties: {
        graduated_ranges: [
          { from_value: '0', to_value: '100', per_unit_amount: '1', flat_amount: '0' },
          { from_value: '101', to_value: null, per_unit_amount: '0.5', flat_amount: '0' },
        ],
      },
    });
    expect(projected(plan, soFar(plan, '80'), 15)).toEqual([['160'], 13_000]);
  });

  it('counts with least amounts, which what is there so far does not', () => {
    const plan = planOf({ minAmount: 5_000 });
    const priced = soFar(plan, '100');
    expect(priced.amount).toBe(1_000);
    expect(projected(plan, priced, 15)).toEqual([['200'], 5_000]);
  });

  it.each(['max', 'min', 'latest', 'average', 'unique_count', 'weighted_sum', 'custom'])(
    'leaves what %s counts where it is',
    (type) => {
      const plan = planOf({});
      const settings = type === 'custom' ? { settings: { formula: 'sum' } } : {};
      const meter: Meter = { ...SUM, aggregation: { type, field: 'n', ...settings } };
      expect(projected(plan, soFar(plan, '100', meter), 10)).toEqual([['100'], 1_000]);
    },
  );

  it('leaves what a recurring meter counts where it is', () => {
    const plan = planOf({});
    const meter: Meter = { ...SUM, recurring: true };
    expect(projected(plan, soFar(plan, '100', meter), 10)).toEqual([['100'], 1_000]);
  });

  it('lets the amount of records that are priced one by one grow', () => {
    const plan = planOf({
      model: 'percentage',
      properties: { rate: '10', per_transaction_min_amount: '2' },
      minAmount: 1_500,
    });
    // 2 for the first, which is below the least, and 3 for the second.
    const priced = soFar(plan, '35', SUM, [eventOf(5, 0), eventOf(30, 1)]);
    expect(priced.amount).toBe(500);
    expect(projected(plan, priced, 10)).toEqual([['105'], 1_500]);
    expect(projected(plan, priced, 5)).toEqual([['210'], 3_000]);
    expect(projected(plan, priced, 20)).toEqual([['52.5'], 1_500]);
  });

  it('takes a charge that is paid in advance as what its records come to', () => {
    const plan = planOf({ payInAdvance: true });
    const priced = soFar(plan, '3', SUM, [eventOf(1, 0), eventOf(2, 1)]);
    expect(projected(plan, priced, 10)).toEqual([['9'], 90]);
  });

  it('never goes below zero units in a price', () => {
    const standard = planOf({});
    expect(projected(standard, soFar(standard, '-4'), 10)).toEqual([['0'], 0]);
    const advance = planOf({ payInAdvance: true });
    expect(projected(advance, soFar(advance, '-4'), 10)).toEqual([['0'], 0]);
  });

  it('of a total shows the total itself, below zero too', () => {
    const total = { group: { region: 'eu' }, value: decimal('-4'), eventsCount: 1, digest: DIGEST };
    expect(projectTotal(SUM, total, onDay(10))).toEqual({ ...total, value: decimal('-12') });
    expect(projectTotal(SUM, total, onDay(0))).toBe(total);
  });
});
