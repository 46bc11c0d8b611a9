import type {
  CustomerEvent,
  InvoiceEvent,
  PlanEvent,
  SubscriptionEvent,
  TestClockEvent,
} from '@odometer/domain';
import { benchOf, type ReadModelBench } from '../read-model.fixture.js';
import { billingScheduleProjection } from './billing-schedule.projection.js';
import { billedSubscription, billedSubscriptionsOf, dueItems } from './billing-schedule.query.js';

type Scheduled = CustomerEvent | PlanEvent | SubscriptionEvent | TestClockEvent | InvoiceEvent;

let bench: ReadModelBench<Scheduled>;
beforeAll(async () => (bench = await benchOf<Scheduled>(billingScheduleProjection)));
afterAll(() => bench.close());

const plan: Scheduled = {
  type: 'PlanPublished',
  data: {
    code: 'basic',
    version: 1,
    name: 'Basic',
    currency: 'EUR',
    interval: 'month',
    amount: 1_000,
    payInAdvance: false,
    charges: [],
    entitlements: [],
  },
};

const customer = (externalId: string, testClock?: string, timezone = 'UTC'): Scheduled => ({
  type: 'CustomerRegistered',
  data: { externalId, timezone, testClock, gracePeriodDays: 2, metadata: {}, personal: null },
});

const started = (
  externalId: string,
  customerId: string,
  planCode = 'basic',
  incarnation = 1,
): Scheduled => ({
  type: 'SubscriptionStarted',
  data: {
    externalId,
    incarnation,
    customerId,
    planCode,
    planVersion: 1,
    billingTime: 'calendar',
    startedAt: '2026-01-10T00:00:00.000Z',
    endingAt: null,
  },
});

const drafted = (subscriptionId: string, customerId: string): Scheduled => ({
  type: 'InvoiceDrafted',
  data: {
    invoiceId: `${subscriptionId}-1`,
    customerId,
    subscriptionId,
    incarnation: 1,
    occasion: 'period_end',
    planCode: 'basic',
    planVersion: 1,
    currency: 'EUR',
    timezone: 'UTC',
    period: { from: '2026-01-10T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
    finalizeAt: '2026-02-03T00:00:00.000Z',
    lines: [],
    counted: [],
    subtotal: 0,
    total: 0,
  },
});

const FEBRUARY = Date.UTC(2026, 1, 1);

const due = async (request: {
  tenant: string;
  now: number;
  testClock?: string;
}): Promise<string[]> =>
  (await dueItems(bench.database.pool, { limit: 9, ...request })).map(
    ({ kind, subscriptionId, dueAt }) =>
      `${kind} ${subscriptionId} ${new Date(dueAt).toISOString().slice(0, 10)}`,
  );

describe('the billing schedule', () => {
  it('says when a period closes, then when its draft becomes final and the next closes', async () => {
    const tenant = 'flow';
    await bench.given(tenant, plan, customer('acme'), started('sub', 'acme'));
    expect(await due({ tenant, now: FEBRUARY - 1 })).toEqual([]);
    expect(await due({ tenant, now: FEBRUARY })).toEqual(['period sub 2026-02-01']);
    await bench.given(tenant, drafted('sub', 'acme'));
    expect(await due({ tenant, now: Date.UTC(2026, 2, 1) })).toEqual([
      'finalize sub 2026-02-03',
      'period sub 2026-03-01',
    ]);
    expect(await billedSubscription(bench.database.pool, tenant, 'sub')).toMatchObject({
      gracePeriodDays: 2,
      next: { occasion: 'period_end', period: { from: FEBRUARY, to: Date.UTC(2026, 2, 1) } },
    });
  });

  it('moves with an end that is scheduled, taken back, or has come', async () => {
    const tenant = 'ends';
    const life = { externalId: 'sub', incarnation: 1 };
    await bench.given(tenant, plan, customer('acme'), started('sub', 'acme'));
    const now = Date.UTC(2026, 2, 1);
    const ending = (endingAt: string | null): Scheduled => ({
      type: 'SubscriptionEndScheduled',
      data: { ...life, endingAt },
    });
    await bench.given(tenant, ending('2026-01-20T00:00:00.000Z'));
    expect(await due({ tenant, now })).toEqual(['period sub 2026-01-20']);
    await bench.given(tenant, ending(null));
    expect(await due({ tenant, now })).toEqual(['period sub 2026-02-01']);
    const terminatedAt = '2026-01-15T00:00:00.000Z';
    await bench.given(tenant, { type: 'SubscriptionTerminated', data: { ...life, terminatedAt } });
    expect(await due({ tenant, now })).toEqual(['period sub 2026-01-15']);
  });

  it('keeps customers on a clock to that clock', async () => {
    const tenant = 'clocks';
    const clock = (type: TestClockEvent['type'], now: string): Scheduled => ({
      type,
      data: { code: 'lab', now },
    });
    await bench.given(
      tenant,
      plan,
      customer('real'),
      customer('lab', 'lab'),
      started('r', 'real'),
      started('l', 'lab'),
      clock('TestClockCreated', '2026-01-01T00:00:00.000Z'),
    );
    expect(await due({ tenant, now: FEBRUARY })).toEqual(['period r 2026-02-01']);
    expect(await due({ tenant, now: FEBRUARY, testClock: 'lab' })).toEqual(['period l 2026-02-01']);
    expect(await due({ tenant, now: FEBRUARY, testClock: 'other' })).toEqual([]);
    // A clock that had advanced before a crash is caught up with without being asked for.
    await bench.given(tenant, clock('TestClockAdvanced', '2026-02-01T00:00:00.000Z'));
    expect(await due({ tenant, now: 0 })).toEqual(['period l 2026-02-01']);
  });

  it('brings up a subscription whose plan is not known, at once', async () => {
    const tenant = 'lost';
    await bench.given(tenant, customer('acme'), started('sub', 'acme', 'missing'));
    expect(await due({ tenant, now: FEBRUARY })).toEqual(['period sub 2026-01-10']);
    expect((await billedSubscription(bench.database.pool, tenant, 'sub'))?.next).toBeNull();
  });

  it('lists all lives of a customer, of this tenant only', async () => {
    const tenant = 'lives';
    const again = started('b', 'acme', 'basic', 2);
    await bench.given(
      tenant,
      plan,
      customer('acme'),
      started('b', 'acme'),
      started('a', 'acme'),
      again,
    );
    const lives = await billedSubscriptionsOf(bench.database.pool, tenant, 'acme');
    expect(lives.map(({ externalId, incarnation }) => `${externalId}${incarnation}`)).toEqual([
      'a1',
      'b1',
      'b2',
    ]);
    expect(await billedSubscriptionsOf(bench.database.pool, 'other', 'acme')).toEqual([]);
    expect(await billedSubscription(bench.database.pool, tenant, 'b')).toMatchObject({
      incarnation: 2,
    });
    expect(await billedSubscription(bench.database.pool, tenant, 'b', 1)).toMatchObject({
      incarnation: 1,
    });
  });

  it('is the same after a rebuild', async () => {
    const before = [await bench.dump('subscriptions'), await bench.dump('due')];
    expect(before[1]).not.toBe('');
    await bench.rebuild();
    expect([await bench.dump('subscriptions'), await bench.dump('due')]).toEqual(before);
  });
});
