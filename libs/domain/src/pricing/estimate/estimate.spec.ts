import fc from 'fast-check';
import { decimal, ZERO } from '../../kernel/decimal.js';
import type { Charge } from '../charge.js';
import { anyPrice, records, usageOf } from '../charges.fixture.js';
import { rateCharge } from '../rating.js';
import { estimateCharge, type SupposedUsage } from './estimate-charge.js';
import { estimatePlan } from './estimate-plan.js';

const RUNS = 200;

const units = (count: string, properties: SupposedUsage['properties'] = {}): SupposedUsage => ({
  units: decimal(count),
  eventsCount: 1,
  properties,
});

const standard = (amount: string, more: Partial<Charge> = {}): Charge => ({
  meterCode: 'calls',
  model: 'standard',
  properties: { amount },
  ...more,
});

describe('the estimate of a plan', () => {
  it('is its fee and what each charge comes to', () => {
    const plan = {
      currency: 'EUR',
      amount: 4_900,
      charges: [standard('0.5'), standard('2', { meterCode: 'storage' }), standard('0.01')],
    };
    const estimate = estimatePlan(plan, new Map([['calls', [units('3')]]]));
    expect(estimate).toMatchObject({ fee: 4_900, chargesAmount: 153, total: 5_053 });
    expect(estimate.charges.map(({ amount }) => amount)).toEqual([150, 0, 3]);
  });

  it('rates each charge as rateCharge does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyPrice(), records(-500)), { maxLength: 5 }), (list) => {
        const charges = list.map(([{ model, properties }], index) => ({
          meterCode: `meter-${index}`,
          model: model.code,
          properties,
        }));
        const usages = list.map(([, events]) => usageOf(events));
        const byMeter = new Map(
          usages.map((usage, index) => [`meter-${index}`, [{ ...usage, properties: {} }]]),
        );
        const estimate = estimatePlan({ currency: 'EUR', amount: 7, charges }, byMeter);
        const rated = charges.map((charge, index) =>
          rateCharge({ charge, usage: usages[index]!, currency: 'EUR' }),
        );
        expect(estimate.charges.map(({ parts: [part] }) => part)).toEqual(
          rated.map((one) => expect.objectContaining(one) as object),
        );
        expect(estimate.total).toBe(rated.reduce((sum, { amount }) => sum + amount, 7));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the estimate of a charge', () => {
  const filters = [
    { values: { cloud: ['aws', 'gcp'] }, properties: { amount: '5' } },
    { values: { cloud: ['aws'] }, properties: { amount: '3' } },
  ];

  it('puts usage to its filters, and shows those without usage too', () => {
    const usages = [units('10', { cloud: 'aws' }), units('7', { cloud: 'gcp' })];
    const { parts, amount } = estimateCharge(standard('10', { filters }), usages, 'EUR');
    expect(parts.map(({ key, units: count, amount: cents }) => [key.filter, count, cents])).toEqual(
      [
        [0, '7', 3_500],
        [1, '10', 3_000],
        [null, '0', 0],
      ],
    );
    expect(amount).toBe(6_500);
  });

  it('adds up usage of the same part, and prices groups apart', () => {
    const charge = standard('1', { groupBy: ['team'], filters });
    const usages = [
      units('1', { team: 'a' }),
      units('2', { team: 'b', cloud: 'aws' }),
      units('4', { team: 'a' }),
    ];
    const { parts, units: all, eventsCount } = estimateCharge(charge, usages, 'EUR');
    expect(parts.map(({ key, units: count, amount }) => [key, count, amount])).toEqual([
      [{ filter: null, group: { team: 'a' } }, '5', 500],
      [{ filter: 1, group: { team: 'b' } }, '2', 600],
    ]);
    expect([all, eventsCount]).toEqual(['7', 3]);
  });

  it('knows the records of a part where it knows those of all its usage', () => {
    const charge: Charge = {
      meterCode: 'calls',
      model: 'percentage',
      properties: { rate: '10', free_units_per_events: 1 },
    };
    const known = {
      ...units('8'),
      eventsCount: 2,
      events: ['3', '5'].map((text) => ({ units: decimal(text), price: null })),
    };
    expect(estimateCharge(charge, [known, known], 'EUR').amount).toBe(130);
    expect(() => estimateCharge(charge, [known, units('1')], 'EUR')).toThrow('/usage/calls/events');
  });

  it('that is paid in advance is nothing before the first record', () => {
    const ranges = [{ from_value: 0, to_value: null, per_unit_amount: '1', flat_amount: '7' }];
    const charge: Charge = {
      meterCode: 'calls',
      model: 'graduated',
      properties: { graduated_ranges: ranges },
    };
    const advance = { ...charge, payInAdvance: true };
    const none = { units: ZERO, eventsCount: 0, properties: {} };
    const amounts = [charge, advance].map((one) =>
      [[], [none], [{ ...none, eventsCount: 1 }], [{ ...none, units: decimal(1) }]].map(
        (usages) => estimateCharge(one, usages, 'EUR').amount,
      ),
    );
    expect(amounts).toEqual([
      [700, 700, 700, 800],
      [0, 0, 700, 800],
    ]);
    expect(estimateCharge(advance, [], 'EUR').parts[0]).toMatchObject({
      unitAmount: '0',
      details: { amount: '0', steps: [] },
    });
  });

  it('ends with the adjustments, the least amount among them', () => {
    const adjustments = [{ type: 'percentage_discount', properties: { rate: '50' } }];
    const charge = standard('0.333', { adjustments, minAmount: 100 });
    expect(estimateCharge(charge, [units('1')], 'EUR')).toMatchObject({
      amount: 100,
      adjustments: [
        { code: 'percentage_discount', amount: -16, before: 33 },
        { code: 'minimum', amount: 83, before: 17 },
      ],
    });
  });
});

describe('an estimate of a price by record', () => {
  it('names the meter whose records are missing', () => {
    const charge: Charge = { meterCode: 'calls', model: 'dynamic', properties: {} };
    expect(() => estimateCharge(charge, [units('3')], 'EUR')).toThrow(
      expect.objectContaining({
        code: 'events_required',
        errors: [expect.objectContaining({ pointer: '/usage/calls/events' })],
      }) as Error,
    );
  });
});
