import { checkExternalId, refuseInvalid } from '../kernel/field-check.js';
import type { Decider } from '../kernel/decider.js';
import { fromIso, toIso, type Instant } from '../kernel/instant.js';
import { RuleBroken, type FieldError } from '../kernel/rule-broken.js';
import { endOf } from './subscription-life.js';
import type { SubscriptionEvent, SubscriptionTerms } from './subscription-events.js';

/**
 * Starts a subscription. `startedAt: null` is now; the past and the future are allowed. `planVersion` is the version that is
 * current at the decision. Repeating the terms of the running life is quiet, whatever version the plan has by then.
 */
export interface StartSubscription {
  readonly type: 'StartSubscription';
  readonly externalId: string;
  readonly customerId: string;
  readonly planCode: string;
  readonly planVersion: number;
  readonly billingTime: SubscriptionTerms['billingTime'];
  readonly startedAt: Instant | null;
  readonly endingAt: Instant | null;
  /** Now, on the customer's clock. */
  readonly now: Instant;
}

/** Sets, moves or (with null) removes the end that the subscription runs to. An end lies in the future of `now`. */
export interface ScheduleEnd {
  readonly type: 'ScheduleEnd';
  readonly externalId: string;
  readonly endingAt: Instant | null;
  readonly now: Instant;
}

/** Ends the subscription at once, or where it has not started yet, before it ever runs. */
export interface TerminateSubscription {
  readonly type: 'TerminateSubscription';
  readonly externalId: string;
  readonly at: Instant;
}

export type SubscriptionCommand = StartSubscription | ScheduleEnd | TerminateSubscription;

/**
 * The latest life of the external id. `terms` are those of the start; `endingAt` is where they ended up; `formerEnd` is when
 * the id was last active before this life, null when it never was.
 */
export type SubscriptionState =
  | { readonly status: 'none' }
  | {
      readonly status: 'started' | 'ended';
      readonly terms: SubscriptionTerms;
      readonly endingAt: string | null;
      readonly terminatedAt: string | null;
      readonly formerEnd: Instant | null;
    };

type Life = Exclude<SubscriptionState, { status: 'none' }>;

export const subscriptionDecider: Decider<
  SubscriptionState,
  SubscriptionCommand,
  SubscriptionEvent
> = {
  initialState: () => ({ status: 'none' }),
  decide(command, state) {
    switch (command.type) {
      case 'StartSubscription':
        return start(command, state);
      case 'ScheduleEnd':
        return scheduleEnd(command, state);
      case 'TerminateSubscription':
        return terminate(command, state);
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'SubscriptionStarted':
        return {
          status: 'started',
          terms: event.data,
          endingAt: event.data.endingAt,
          terminatedAt: null,
          formerEnd: state.status === 'none' ? null : lastActiveUntil(state),
        };
      case 'SubscriptionEndScheduled':
        return { ...(state as Life), endingAt: event.data.endingAt };
      case 'SubscriptionTerminated':
        return { ...(state as Life), status: 'ended', terminatedAt: event.data.terminatedAt };
    }
  },
};

function start(command: StartSubscription, state: SubscriptionState): SubscriptionEvent[] {
  refuseInvalid('The subscription', [
    ...checkExternalId(command.externalId, '/external_id'),
    ...checkExternalId(command.customerId, '/customer_id'),
  ]);
  if (state.status === 'none') return [started(command, 1, null)];

  const end = endOf(state);
  const { incarnation } = state.terms;
  if (state.status === 'ended') return [started(command, incarnation + 1, lastActiveUntil(state))];
  // A life whose scheduled end has passed is over even when nobody has written it down yet; the new life closes it.
  if (end !== null && end <= command.now) {
    return [terminated(state, end), started(command, incarnation + 1, end)];
  }
  if (sameTerms(command, state.terms)) return [];
  throw new RuleBroken(
    'subscription_already_active',
    `Subscription ${command.externalId} already runs on other terms.`,
    'conflict',
  );
}

/** A new life starts where the former one ended at the earliest, so no moment is billed twice. */
function started(
  command: StartSubscription,
  incarnation: number,
  formerEnd: Instant | null,
): SubscriptionEvent {
  const requested = command.startedAt ?? command.now;
  const startedAt = formerEnd === null ? requested : Math.max(requested, formerEnd);
  refuseInvalid('The subscription', checkEnd(command.endingAt, startedAt));
  const { externalId, customerId, planCode, planVersion, billingTime, endingAt } = command;
  return {
    type: 'SubscriptionStarted',
    data: {
      externalId,
      incarnation,
      customerId,
      planCode,
      planVersion,
      billingTime,
      startedAt: toIso(startedAt),
      ...(startedAt === requested ? {} : { requestedStartAt: toIso(requested) }),
      endingAt: endingAt === null ? null : toIso(endingAt),
    },
  };
}

/** Until when the id has been active. A life that was cancelled before its start never was, and holds nothing up. */
function lastActiveUntil(life: Life): Instant | null {
  const end = endOf(life);
  return end !== null && end > fromIso(life.terms.startedAt) ? end : life.formerEnd;
}

function sameTerms(command: StartSubscription, terms: SubscriptionTerms): boolean {
  const requestedStart = fromIso(terms.requestedStartAt ?? terms.startedAt);
  return (
    command.customerId === terms.customerId &&
    command.planCode === terms.planCode &&
    command.billingTime === terms.billingTime &&
    (command.startedAt === null || command.startedAt === requestedStart) &&
    (command.endingAt === null ? null : toIso(command.endingAt)) === terms.endingAt
  );
}

function scheduleEnd(command: ScheduleEnd, state: SubscriptionState): SubscriptionEvent[] {
  if (state.status === 'none') throw notFound(command.externalId);
  const endingAt = command.endingAt === null ? null : toIso(command.endingAt);
  if (endingAt === state.endingAt) return [];
  const end = endOf(state);
  if (state.status === 'ended' || (end !== null && end <= command.now)) {
    throw new RuleBroken(
      'subscription_ended',
      `Subscription ${command.externalId} has ended.`,
      'conflict',
    );
  }
  const { externalId, incarnation, startedAt } = state.terms;
  refuseInvalid('The end', [
    ...checkEnd(command.endingAt, fromIso(startedAt)),
    ...checkFuture(command.endingAt, command.now),
  ]);
  return [{ type: 'SubscriptionEndScheduled', data: { externalId, incarnation, endingAt } }];
}

function terminate(command: TerminateSubscription, state: SubscriptionState): SubscriptionEvent[] {
  if (state.status === 'none') throw notFound(command.externalId);
  if (state.status === 'ended') return [];
  const startedAt = fromIso(state.terms.startedAt);
  const latest = Math.min(command.at, endOf(state) ?? Infinity);
  return [terminated(state, Math.max(startedAt, latest))];
}

function terminated(state: Life, at: Instant): SubscriptionEvent {
  const { externalId, incarnation } = state.terms;
  return {
    type: 'SubscriptionTerminated',
    data: { externalId, incarnation, terminatedAt: toIso(at) },
  };
}

function checkEnd(endingAt: Instant | null, startedAt: Instant): FieldError[] {
  if (endingAt === null || endingAt > startedAt) return [];
  const detail = `Must be after the start, ${toIso(startedAt)}.`;
  return [{ pointer: '/ending_at', code: 'not_after_start', detail }];
}

function checkFuture(endingAt: Instant | null, now: Instant): FieldError[] {
  if (endingAt === null || endingAt > now) return [];
  const detail = `Must be after now, ${toIso(now)}; terminate to end at once.`;
  return [{ pointer: '/ending_at', code: 'in_the_past', detail }];
}

const notFound = (externalId: string): RuleBroken =>
  new RuleBroken('subscription_not_found', `No subscription ${externalId}.`, 'not_found');
