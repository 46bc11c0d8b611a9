import type {
  CustomerEvent,
  SubscriptionEvent,
  SubscriptionTerms,
  TestClockEvent,
} from '@odometer/domain';
import { benchOf, type ReadModelBench } from '../read-model.fixture.js';
import { subscriptionsProjection } from './subscriptions.projection.js';
import {
  findSubscription,
  listSubscriptions,
  subscriptionsOf,
  type SubscriptionsRequest,
  type SubscriptionStatus,
} from './subscriptions.query.js';

let bench: ReadModelBench<SubscriptionEvent | CustomerEvent | TestClockEvent>;
beforeEach(async () => (bench = await benchOf(subscriptionsProjection)));
afterEach(() => bench.close());

const JANUARY = '2026-01-01T00:00:00.000Z';
const FEBRUARY = '2026-02-01T00:00:00.000Z';
const MARCH = '2026-03-01T00:00:00.000Z';

const terms = (externalId: string, more: Partial<SubscriptionTerms> = {}): SubscriptionTerms => ({
  externalId,
  incarnation: 1,
  customerId: 'ann',
  planCode: 'pro',
  planVersion: 1,
  billingTime: 'calendar',
  startedAt: JANUARY,
  endingAt: null,
  ...more,
});

const started = (externalId: string, more: Partial<SubscriptionTerms> = {}): SubscriptionEvent => ({
  type: 'SubscriptionStarted',
  data: terms(externalId, more),
});
const terminated = (
  externalId: string,
  terminatedAt: string,
  incarnation = 1,
): SubscriptionEvent => ({
  type: 'SubscriptionTerminated',
  data: { externalId, incarnation, terminatedAt },
});

const ids = async (request: Partial<SubscriptionsRequest> = {}): Promise<string[]> => {
  const page = await listSubscriptions(bench.source, 'acme', {
    now: Date.parse(FEBRUARY),
    ...request,
  });
  return page.data.map((life) => life.terms.externalId);
};

const byStatus = async (at: string): Promise<Record<SubscriptionStatus, string[]>> => {
  const now = Date.parse(at);
  return {
    pending: await ids({ now, status: 'pending' }),
    active: await ids({ now, status: 'active' }),
    terminated: await ids({ now, status: 'terminated' }),
  };
};

describe('subscriptions', () => {
  it('show their terms, and where their end has moved to', async () => {
    const agreed = terms('s', { endingAt: MARCH, billingTime: 'anniversary', planVersion: 3 });
    await bench.given('acme', { type: 'SubscriptionStarted', data: agreed });
    expect(await findSubscription(bench.source, 'acme', 's')).toEqual({
      terms: agreed,
      endingAt: MARCH,
      terminatedAt: null,
    });
    await bench.given('acme', {
      type: 'SubscriptionEndScheduled',
      data: { externalId: 's', incarnation: 1, endingAt: null },
    });
    expect(await findSubscription(bench.source, 'acme', 's')).toEqual({
      terms: agreed,
      endingAt: null,
      terminatedAt: null,
    });
  });

  it('are found in their latest life, and kept in all', async () => {
    await bench.given(
      'acme',
      started('s'),
      terminated('s', FEBRUARY),
      started('s', { incarnation: 2, startedAt: MARCH, planVersion: 2 }),
      started('r'),
    );
    expect((await findSubscription(bench.source, 'acme', 's'))?.terms.incarnation).toBe(2);
    expect(await ids()).toEqual(['r', 's']);
    const lives = await subscriptionsOf(bench.source, 'acme', 'ann');
    expect(
      lives.map((life) => [
        life.terms.externalId,
        life.terms.incarnation,
        life.terms.planVersion,
        life.terminatedAt,
      ]),
    ).toEqual([
      ['r', 1, 1, null],
      ['s', 1, 1, FEBRUARY],
      ['s', 2, 2, null],
    ]);
  });

  it('have a status by the time of asking', async () => {
    await bench.given(
      'acme',
      started('ending', { endingAt: FEBRUARY }),
      started('running'),
      started('stopped'),
      terminated('stopped', FEBRUARY),
      started('later', { startedAt: FEBRUARY }),
      started('never', { startedAt: MARCH }),
      terminated('never', JANUARY),
    );
    expect(await byStatus('2026-01-31T23:59:59.999Z')).toEqual({
      pending: ['later'],
      active: ['ending', 'running', 'stopped'],
      terminated: ['never'],
    });
    expect(await byStatus(FEBRUARY)).toEqual({
      pending: [],
      active: ['later', 'running'],
      terminated: ['ending', 'never', 'stopped'],
    });
  });

  it('have a status by their own clock where their customer lives on one', async () => {
    await bench.given(
      'acme',
      { type: 'TestClockCreated', data: { code: 'spring', now: JANUARY } },
      {
        type: 'CustomerRegistered',
        data: {
          externalId: 'tester',
          timezone: 'UTC',
          metadata: {},
          gracePeriodDays: 0,
          personal: null,
          testClock: 'spring',
        },
      },
      started('on-clock', { customerId: 'tester', startedAt: FEBRUARY }),
    );
    expect(await byStatus('2030-01-01T00:00:00.000Z')).toEqual({
      pending: ['on-clock'],
      active: [],
      terminated: [],
    });
    await bench.given('acme', {
      type: 'TestClockAdvanced',
      data: { code: 'spring', now: FEBRUARY },
    });
    expect(await byStatus('2030-01-01T00:00:00.000Z')).toEqual({
      pending: [],
      active: ['on-clock'],
      terminated: [],
    });
  });

  it('are listed by customer and plan, in pages, of one tenant only', async () => {
    await bench.given(
      'acme',
      started('c'),
      started('a', { planCode: 'free' }),
      started('b', { customerId: 'bob' }),
      started('d'),
    );
    await bench.given('other', started('z'));
    expect(await ids()).toEqual(['a', 'b', 'c', 'd']);
    expect(await ids({ customerId: 'ann' })).toEqual(['a', 'c', 'd']);
    expect(await ids({ planCode: 'pro' })).toEqual(['b', 'c', 'd']);
    expect(await ids({ customerId: 'ann', planCode: 'pro' })).toEqual(['c', 'd']);
    const now = Date.parse(FEBRUARY);
    const first = await listSubscriptions(bench.source, 'acme', { now, limit: 3 });
    expect(await ids({ cursor: first.nextCursor ?? '' })).toEqual(['d']);
    expect(await findSubscription(bench.source, 'other', 'a')).toBeNull();
    expect(await subscriptionsOf(bench.source, 'other', 'bob')).toEqual([]);
  });

  it('are the same after a rebuild', async () => {
    await bench.given(
      'acme',
      started('s'),
      terminated('s', FEBRUARY),
      started('s', { incarnation: 2 }),
    );
    const before = await bench.dump('subscription');
    await bench.rebuild();
    expect(await bench.dump('subscription')).toBe(before);
    expect(before.split('\n')).toHaveLength(2);
  });
});
