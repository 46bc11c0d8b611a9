import { fromIso, type Instant } from '../kernel/instant.js';

/** Where a life of a subscription ends, if it does: by termination, or else where it is scheduled to. ISO strings. */
export interface SubscriptionEnd {
  readonly endingAt: string | null;
  readonly terminatedAt?: string | null | undefined;
}

/** The instant from which the subscription is no longer active; null for one that runs on. */
export function endOf(life: SubscriptionEnd): Instant | null {
  const end = life.terminatedAt ?? life.endingAt;
  return end === null ? null : fromIso(end);
}

/** Whether usage at the instant falls into this life: its start belongs to it, its end does not. */
export function isActiveAt(
  life: SubscriptionEnd & { readonly startedAt: string },
  at: Instant,
): boolean {
  const end = endOf(life);
  return fromIso(life.startedAt) <= at && (end === null || at < end);
}
