import type { Instant, Period } from '../kernel/instant.js';
import type { UsageSlice } from './usage-slice.js';

/** One life of a subscription, as far as it decides whose usage is whose. */
export interface AttributedSubscription {
  readonly customerId: string;
  readonly externalId: string;
  readonly incarnation: number;
  readonly startedAt: Instant;
  /** Its first instant without it; null while it goes on. */
  readonly endedAt: Instant | null;
  /** Whether its plan charges the meter in question; absent = yes. */
  readonly chargesMeter?: boolean | undefined;
}

/**
 * The usage of one meter that a subscription is billed for in a period, as at most two slices that do not overlap:
 *
 * - records that name the subscription, whoever their customer is, while it is active;
 * - records that name only the customer, at times when no subscription of the customer with a better claim charges the meter.
 *   The one that started first has the better claim, then the lower external id, then the lower incarnation.
 *
 * The slices of all subscriptions of a customer are disjoint too. `ofCustomer` are all of them, ended ones included;
 * whether `subscription` is among them makes no difference.
 */
export function attributedSlices(
  subscription: AttributedSubscription,
  ofCustomer: readonly AttributedSubscription[],
  period: Period,
): UsageSlice[] {
  const { customerId, externalId } = subscription;
  const stronger = ofCustomer.filter((other) => hasBetterClaim(other, subscription));
  const named = windowOf(
    subscription,
    stronger.filter((other) => other.externalId === externalId),
    period,
  );
  const slices: UsageSlice[] = named.map((window) => ({ subscriptionId: externalId, ...window }));
  if (subscription.chargesMeter === false) return slices;
  const unnamed = windowOf(
    subscription,
    stronger.filter((other) => other.chargesMeter !== false),
    period,
  );
  return [...slices, ...unnamed.map((window) => ({ customerId, subscriptionId: null, ...window }))];
}

/**
 * All usage of a customer in a period: records that name the customer, whatever else they name, and records that
 * name nothing but one of the customer's subscriptions. The slices do not overlap.
 */
export function customerSlices(
  customerId: string,
  subscriptionExternalIds: readonly string[],
  period: Period,
): UsageSlice[] {
  const { from, to } = period;
  if (from >= to) return [];
  const ids = [...new Set(subscriptionExternalIds)];
  return [
    { customerId, from, to },
    ...ids.map((subscriptionId) => ({ customerId: null, subscriptionId, from, to })),
  ];
}

/** Ids are compared by UTF-16 code units, so that the answer depends on no locale. */
function hasBetterClaim(a: AttributedSubscription, b: AttributedSubscription): boolean {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt;
  if (a.externalId !== b.externalId) return a.externalId < b.externalId;
  return a.incarnation < b.incarnation;
}

/**
 * When the subscription is active in the period and none of the stronger ones is: one window or none, since the stronger ones
 * started no later, and so all that matters is when the last of them ends.
 */
function windowOf(
  subscription: AttributedSubscription,
  stronger: readonly AttributedSubscription[],
  period: Period,
): Period[] {
  const from = Math.max(period.from, subscription.startedAt, ...stronger.map(endOf));
  const to = Math.min(period.to, endOf(subscription));
  return from < to ? [{ from, to }] : [];
}

const endOf = ({ endedAt }: AttributedSubscription): Instant => endedAt ?? Infinity;
