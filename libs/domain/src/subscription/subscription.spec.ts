import { given } from '@odometer/testing';
import fc from 'fast-check';
import { fold } from '../kernel/decider.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import {
  subscriptionDecider,
  type ScheduleEnd,
  type StartSubscription,
  type SubscriptionCommand,
} from './subscription.js';
import type { SubscriptionEvent, SubscriptionTerms } from './subscription-events.js';
import { endOf, isActiveAt } from './subscription-life.js';

const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const iso = (day: string): string => `${day}T00:00:00.000Z`;
const subscription = given(subscriptionDecider);

const start = (some: Partial<StartSubscription> = {}): StartSubscription => ({
  type: 'StartSubscription',
  externalId: 'sub',
  customerId: 'ada',
  planCode: 'basic',
  planVersion: 3,
  billingTime: 'calendar',
  startedAt: null,
  endingAt: null,
  now: at('2024-03-10'),
  ...some,
});
const started = (some: Partial<SubscriptionTerms> = {}): SubscriptionEvent => ({
  type: 'SubscriptionStarted',
  data: {
    externalId: 'sub',
    incarnation: 1,
    customerId: 'ada',
    planCode: 'basic',
    planVersion: 3,
    billingTime: 'calendar',
    startedAt: iso('2024-03-10'),
    endingAt: null,
    ...some,
  },
});
const terminate = (day: string): SubscriptionCommand => ({
  type: 'TerminateSubscription',
  externalId: 'sub',
  at: at(day),
});
const terminated = (day: string, incarnation = 1): SubscriptionEvent => ({
  type: 'SubscriptionTerminated',
  data: { externalId: 'sub', incarnation, terminatedAt: iso(day) },
});
const scheduleEnd = (day: string | null, now = '2024-03-20'): ScheduleEnd => ({
  type: 'ScheduleEnd',
  externalId: 'sub',
  endingAt: day === null ? null : at(day),
  now: at(now),
});
const endScheduled = (day: string | null): SubscriptionEvent => ({
  type: 'SubscriptionEndScheduled',
  data: { externalId: 'sub', incarnation: 1, endingAt: day === null ? null : iso(day) },
});

describe('an unused external id', () => {
  it('starts now', () => subscription().when(start()).then(started()));

  it.each(['2023-01-31', '2025-01-31'])('starts at %s when told to', (day) =>
    subscription()
      .when(start({ startedAt: at(day) }))
      .then(started({ startedAt: iso(day) })),
  );

  it('starts with an end', () =>
    subscription()
      .when(start({ endingAt: at('2024-06-01') }))
      .then(started({ endingAt: iso('2024-06-01') })));

  it('does not start at its end', () =>
    subscription()
      .when(start({ endingAt: at('2024-03-10') }))
      .thenBreaks('validation_failed'));

  it('names every bad id', () => {
    const bad = start({ externalId: '', customerId: 'a\u0000b' });
    const refusal = refusalOf(() => subscriptionDecider.decide(bad, { status: 'none' }));
    expect(refusal.errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/external_id', 'invalid_length'],
      ['/customer_id', 'invalid_characters'],
    ]);
  });

  it('cannot end', () => {
    subscription().when(terminate('2024-04-01')).thenBreaks('subscription_not_found');
    subscription().when(scheduleEnd('2024-04-01')).thenBreaks('subscription_not_found');
  });
});

describe('a running subscription', () => {
  it('stays quiet when the same is asked again, later and on a newer plan version', () =>
    subscription(started())
      .when(start({ now: at('2024-05-01'), planVersion: 4 }))
      .thenNothing());

  it('stays quiet when its start is named', () =>
    subscription(started())
      .when(start({ startedAt: at('2024-03-10') }))
      .thenNothing());

  it.each([
    { customerId: 'bob' },
    { planCode: 'pro' },
    { billingTime: 'anniversary' as const },
    { startedAt: at('2024-03-11') },
    { endingAt: at('2024-06-01') },
  ])('does not start again with %j', (other) =>
    subscription(started()).when(start(other)).thenBreaks('subscription_already_active'),
  );

  it('ends once', () => {
    subscription(started()).when(terminate('2024-04-01')).then(terminated('2024-04-01'));
    subscription(started(), terminated('2024-04-01')).when(terminate('2024-05-01')).thenNothing();
  });

  it('is cancelled when it ends before its start', () =>
    subscription(started()).when(terminate('2024-03-01')).then(terminated('2024-03-10')));

  it('gets an end, another one, and none', () => {
    subscription(started()).when(scheduleEnd('2024-04-01')).then(endScheduled('2024-04-01'));
    subscription(started(), endScheduled('2024-04-01'))
      .when(scheduleEnd('2024-05-01'))
      .then(endScheduled('2024-05-01'));
    subscription(started(), endScheduled('2024-04-01'))
      .when(scheduleEnd(null))
      .then(endScheduled(null));
  });

  it('stays quiet when its end is what it is', () => {
    subscription(started()).when(scheduleEnd(null)).thenNothing();
    subscription(started(), endScheduled('2024-04-01'))
      .when(scheduleEnd('2024-04-01'))
      .thenNothing();
  });

  it('does not end in the past or at its start', () => {
    const none = fold(subscriptionDecider, [started()]);
    const past = refusalOf(() => subscriptionDecider.decide(scheduleEnd('2024-03-20'), none));
    expect(past.errors.map((error) => error.code)).toEqual(['in_the_past']);
    const both = refusalOf(() => subscriptionDecider.decide(scheduleEnd('2024-03-10'), none));
    expect(both.errors.map((error) => error.code)).toEqual(['not_after_start', 'in_the_past']);
  });

  it('ends at its scheduled end when it is terminated later', () =>
    subscription(started(), endScheduled('2024-04-01'))
      .when(terminate('2024-05-01'))
      .then(terminated('2024-04-01')));

  it('is over when its scheduled end has passed', () => {
    const past = subscription(started(), endScheduled('2024-04-01'));
    past.when(scheduleEnd('2024-06-01', '2024-04-01')).thenBreaks('subscription_ended');
    past
      .when(start({ now: at('2024-04-02') }))
      .then(terminated('2024-04-01'), started({ incarnation: 2, startedAt: iso('2024-04-02') }));
    past
      .when(start({ now: at('2024-04-01') }))
      .then(terminated('2024-04-01'), started({ incarnation: 2, startedAt: iso('2024-04-01') }));
  });
});

describe('an ended subscription', () => {
  const ended = subscription(started(), terminated('2024-04-01'));

  it('gets no other end', () =>
    ended.when(scheduleEnd('2024-06-01')).thenBreaks('subscription_ended'));

  it('lives again', () =>
    ended
      .when(start({ planCode: 'pro', now: at('2024-04-05') }))
      .then(started({ incarnation: 2, planCode: 'pro', startedAt: iso('2024-04-05') })));

  it('lives again from its end at the earliest, and says what was asked', () =>
    ended.when(start({ startedAt: at('2024-02-01'), now: at('2024-04-05') })).then(
      started({
        incarnation: 2,
        startedAt: iso('2024-04-01'),
        requestedStartAt: iso('2024-02-01'),
      }),
    ));

  it('stays quiet when the moved start is asked for again', () =>
    subscription(
      started(),
      terminated('2024-04-01'),
      started({
        incarnation: 2,
        startedAt: iso('2024-04-01'),
        requestedStartAt: iso('2024-02-01'),
      }),
    )
      .when(start({ startedAt: at('2024-02-01'), now: at('2024-04-05') }))
      .thenNothing());

  it('does not live again only to end before that', () =>
    ended
      .when(start({ startedAt: at('2024-02-01'), endingAt: at('2024-03-01') }))
      .thenBreaks('validation_failed'));
});

describe('a subscription that was cancelled before its start', () => {
  const future = started({ startedAt: iso('2024-09-01') });

  it('does not hold up the next one', () =>
    subscription(future, terminated('2024-09-01'))
      .when(start({ now: at('2024-03-20') }))
      .then(started({ incarnation: 2, startedAt: iso('2024-03-20') })));

  it('leaves the end of the one before it in force', () =>
    subscription(
      started(),
      terminated('2024-04-01'),
      started({ incarnation: 2, startedAt: iso('2024-09-01') }),
      terminated('2024-09-01', 2),
    )
      .when(start({ startedAt: at('2024-02-01'), now: at('2024-05-01') }))
      .then(
        started({
          incarnation: 3,
          startedAt: iso('2024-04-01'),
          requestedStartAt: iso('2024-02-01'),
        }),
      ));
});

describe('the time a subscription is active', () => {
  const life = { startedAt: iso('2024-03-10'), endingAt: iso('2024-06-01') };

  it.each([
    ['2024-03-09', false],
    ['2024-03-10', true],
    ['2024-05-31', true],
    ['2024-06-01', false],
  ])('at %s is %p', (day, active) => expect(isActiveAt(life, at(day))).toBe(active));

  it('ends with the termination, or never', () => {
    expect(endOf({ ...life, terminatedAt: iso('2024-04-01') })).toBe(at('2024-04-01'));
    expect(endOf({ ...life, terminatedAt: null })).toBe(at('2024-06-01'));
    expect(isActiveAt({ ...life, endingAt: null }, at('2099-01-01'))).toBe(true);
  });
});

describe('any sequence of commands', () => {
  const day = fc.integer({ min: 0, max: 30 }).map((days) => at('2024-03-01') + days * 86_400_000);
  const command: fc.Arbitrary<SubscriptionCommand> = fc.oneof(
    fc
      .record({ startedAt: fc.option(day), endingAt: fc.option(day), now: day })
      .map((some) => start(some)),
    fc.record({ endingAt: fc.option(day), now: day }).map((some) => ({
      ...scheduleEnd(null),
      ...some,
    })),
    day.map((instant) => ({ ...terminate('2024-03-01'), at: instant }) as SubscriptionCommand),
  );

  it('leaves lives that follow each other without overlap', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), (commands) => {
        const events: SubscriptionEvent[] = [];
        for (const each of commands) events.push(...outcomeOf(each, events));
        const lives = livesOf(events);
        lives.forEach((life, index) => expect(life.incarnation).toBe(index + 1));
        lives.slice(0, -1).forEach((life) => expect(endOf(life)).not.toBeNull());
        lives.forEach((life) => {
          expect(endOf(life) ?? Infinity).toBeGreaterThanOrEqual(Date.parse(life.startedAt));
        });
        const active = lives.filter((life) => endOf(life) !== Date.parse(life.startedAt));
        active.slice(1).forEach((life, index) => {
          const formerEnd = endOf(active[index]!) ?? Infinity;
          expect(Date.parse(life.startedAt)).toBeGreaterThanOrEqual(formerEnd);
        });
      }),
      { numRuns: 300 },
    );
  });

  function outcomeOf(each: SubscriptionCommand, past: SubscriptionEvent[]): SubscriptionEvent[] {
    try {
      return subscriptionDecider.decide(each, fold(subscriptionDecider, past));
    } catch (error) {
      expect(error).toBeInstanceOf(RuleBroken);
      return [];
    }
  }

  type Life = Pick<SubscriptionTerms, 'incarnation' | 'startedAt' | 'endingAt'> & {
    terminatedAt?: string;
  };

  function livesOf(events: SubscriptionEvent[]): Life[] {
    const lives: Life[] = [];
    for (const { type, data } of events) {
      if (type === 'SubscriptionStarted') lives.push({ ...data });
      else Object.assign(lives[data.incarnation - 1]!, data);
    }
    return lives;
  }
});

function refusalOf(run: () => unknown): RuleBroken {
  try {
    run();
  } catch (error) {
    if (error instanceof RuleBroken) return error;
    throw error;
  }
  throw new Error('not refused');
}
