import { given } from '@odometer/testing';
import { RuleBroken } from '../kernel/rule-broken.js';
import type { Charge } from '../pricing/charge.js';
import type { PlanEvent } from './catalog-events.js';
import { PLAN_ENTITLEMENTS_MAX, RESET_COUNT_MAX } from './entitlement-check.js';
import { PLAN_CHARGES_MAX } from './plan-check.js';
import { planDecider, type PlanCommand } from './plan-decider.js';
import type { Entitlement, Plan } from './plan.js';

type Draft = Omit<Plan, 'version'>;

const charge: Charge = {
  meterCode: 'api_calls',
  model: 'standard',
  properties: { amount: '0.75' },
};
const granted: Entitlement = {
  featureCode: 'calls',
  grant: 'amount',
  amount: '20',
  reset: { interval: 'month', count: 1 },
};
const basic: Draft = {
  code: 'basic',
  name: 'Basic',
  currency: 'EUR',
  interval: 'month',
  amount: 1900,
  payInAdvance: false,
  charges: [charge],
  entitlements: [granted],
};

const plan = given(planDecider);
const publish = (some: Partial<Draft> = {}): PlanCommand => ({
  type: 'PublishPlan',
  plan: { ...basic, ...some },
  known: {
    meters: new Map([['api_calls', { aggregation: { type: 'count' } }]]),
    features: new Map<string, 'metered' | 'boolean'>([
      ['calls', 'metered'],
      ['sso', 'boolean'],
      ...Array.from({ length: 200 }, (_, index) => [`f${index}`, 'boolean'] as const),
    ]),
  },
});
const published = (version: number, some: Partial<Draft> = {}): PlanEvent => ({
  type: 'PlanPublished',
  data: { ...basic, ...some, version },
});
const archive: PlanCommand = { type: 'ArchivePlan', code: 'basic' };
const archived: PlanEvent = { type: 'PlanArchived', data: { code: 'basic' } };

describe('a plan', () => {
  it('is published as version 1', () => plan().when(publish()).then(published(1)));

  it('stays quiet when nothing is new', () => {
    plan(published(1)).when(publish()).thenNothing();
    const reordered = { ...granted, reset: { count: 1, interval: 'month' as const } };
    plan(published(1))
      .when(publish({ entitlements: [reordered] }))
      .thenNothing();
  });

  it.each<[string, Partial<Draft>]>([
    ['price', { amount: 2000 }],
    ['charges', { charges: [charge, { ...charge, properties: { amount: '0.5' } }] }],
    ['properties', { charges: [{ ...charge, properties: { amount: '0.5' } }] }],
    ['entitlements', { entitlements: [] }],
  ])('gets the next version when its %s change', (_, some) => {
    plan(published(1)).when(publish(some)).then(published(2, some));
    plan(published(1), published(2, some)).when(publish()).then(published(3));
  });

  it('is archived once', () => {
    plan().when(archive).thenBreaks('plan_not_found');
    plan(published(1)).when(archive).then(archived);
    plan(published(1), archived).when(archive).thenNothing();
  });

  it('comes back with its next version', () =>
    plan(published(1), archived).when(publish()).then(published(2)));
});

describe('a bad plan', () => {
  const errorsOf = (some: Partial<Draft>): [string, string][] => {
    try {
      planDecider.decide(publish(some), planDecider.initialState());
    } catch (error) {
      if (!(error instanceof RuleBroken)) throw error;
      expect(error.code).toBe('validation_failed');
      return error.errors.map((each) => [each.pointer, each.code]);
    }
    return [];
  };

  it('has all its errors named at once', () => {
    const bad = {
      code: 'no spaces',
      name: '',
      currency: 'XXX',
      interval: 'day' as 'week',
      amount: -1,
      charges: [charge, { meterCode: 'unheard_of', model: 'free', properties: {} }],
      entitlements: [{ featureCode: 'unheard_of', grant: 'flag' } as const],
    };
    expect(errorsOf(bad)).toEqual([
      ['/code', 'invalid_code'],
      ['/name', 'invalid_length'],
      ['/currency', 'unknown_currency'],
      ['/interval', 'unknown_interval'],
      ['/amount', 'out_of_range'],
      ['/charges/1/meter_code', 'unknown_meter'],
      ['/charges/1/model', 'unknown_charge_model'],
      ['/entitlements/0/feature_code', 'unknown_feature'],
    ]);
  });

  it('names what is wrong with the filters of a charge', () => {
    const filters = [{ values: { region: ['eu'] }, properties: { amount: 'x' } }];
    expect(errorsOf({ charges: [{ ...charge, filters, displayName: '' }] })).toEqual([
      ['/charges/0/filters/0/properties/amount', 'invalid'],
      ['/charges/0/display_name', 'invalid_length'],
    ]);
    // Of a model that there is not, the charge says so once.
    expect(errorsOf({ charges: [{ ...charge, model: 'free', filters }] })).toEqual([
      ['/charges/0/model', 'unknown_charge_model'],
    ]);
    expect(errorsOf({ charges: [{ ...charge, displayName: 'Calls' }] })).toEqual([]);
  });

  it.each([0, Number.MAX_SAFE_INTEGER])('may cost %i', (amount) =>
    expect(errorsOf({ amount })).toEqual([]),
  );

  it.each([0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1])('may not cost %p', (amount) =>
    expect(errorsOf({ amount })).toEqual([['/amount', 'out_of_range']]),
  );

  it('has too many charges', () => {
    const charges = Array.from({ length: PLAN_CHARGES_MAX }, () => charge);
    expect(errorsOf({ charges })).toEqual([]);
    expect(errorsOf({ charges: [...charges, charge] })).toEqual([['/charges', 'too_many']]);
  });

  it('has too many entitlements', () => {
    const flags = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        featureCode: `f${index}`,
        grant: 'flag' as const,
      }));
    expect(errorsOf({ entitlements: flags(PLAN_ENTITLEMENTS_MAX) })).toEqual([]);
    expect(errorsOf({ entitlements: flags(PLAN_ENTITLEMENTS_MAX + 1) })).toEqual([
      ['/entitlements', 'too_many'],
    ]);
  });

  const flag: Entitlement = { featureCode: 'sso', grant: 'flag' };
  const unlimited: Entitlement = { featureCode: 'calls', grant: 'unlimited' };
  const reset = (interval: string, count: number) =>
    ({ ...granted, reset: { interval, count } }) as Entitlement;

  it.each<[string, Entitlement[]]>([
    ['a flag', [flag]],
    ['no limit', [unlimited]],
    ['no limit in a window', [{ ...unlimited, reset: { interval: 'day', count: 1 } }]],
    ['an amount for good', [{ ...granted, reset: undefined }]],
    ['nothing of it', [{ ...granted, amount: '0' }]],
    ['very little of it', [{ ...granted, amount: '0.000000000000001' }]],
    ['the rarest reset', [reset('hour', RESET_COUNT_MAX)]],
    ['no reset', [reset('never', 1)]],
  ])('may grant %s', (_, entitlements) => expect(errorsOf({ entitlements })).toEqual([]));

  it.each<[string, Entitlement[], [string, string]]>([
    ['a feature twice', [granted, unlimited], ['/1/feature_code', 'duplicate']],
    ['a metered one as a flag', [{ ...flag, featureCode: 'calls' }], ['/0', 'wrong_grant']],
    ['a flag as an amount', [{ ...granted, featureCode: 'sso' }], ['/0', 'wrong_grant']],
    ['an amount of nothing', [{ ...granted, amount: undefined }], ['/0/amount', 'invalid_amount']],
    ['less than zero', [{ ...granted, amount: '-1' }], ['/0/amount', 'invalid_amount']],
    ['an exponent', [{ ...granted, amount: '1e3' }], ['/0/amount', 'invalid_amount']],
    ['no limit and one', [{ ...unlimited, amount: '1' }], ['/0/amount', 'not_allowed']],
    ['a flag that resets', [{ ...flag, reset: granted.reset }], ['/0/reset', 'not_allowed']],
    ['an odd reset', [reset('decade', 1)], ['/0/reset/interval', 'unknown_interval']],
    ['too rare a reset', [reset('hour', RESET_COUNT_MAX + 1)], ['/0/reset/count', 'out_of_range']],
    ['too quick a reset', [reset('hour', 0)], ['/0/reset/count', 'out_of_range']],
    ['two nevers', [reset('never', 2)], ['/0/reset/count', 'out_of_range']],
  ])('may not grant %s', (_, entitlements, [pointer, code]) =>
    expect(errorsOf({ entitlements })).toEqual([[`/entitlements${pointer}`, code]]),
  );
});
