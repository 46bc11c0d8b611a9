import type { DueItem } from '@odometer/domain';

/** Due things taken up between two waits for the read models. */
export const ROUND_ITEMS_MAX = 500;

/**
 * Things that fell due this close together share a round; later ones wait until the read models have seen what the earlier
 * ones did, because that may make other things due in between. So a clock that jumps three months bills month after month.
 */
export const ROUND_SPAN_MS = 3_600_000;

export const lifeOf = ({ tenant, subscriptionId, incarnation }: DueItem): string =>
  JSON.stringify([tenant, subscriptionId, incarnation]);

export const keyOf = (item: DueItem): string =>
  JSON.stringify([lifeOf(item), item.kind, item.invoiceId, item.dueAt]);

/**
 * The earliest things due, in order, one per subscription at most: a true-up on one invoice must be known before the next
 * invoice of the same subscription is computed. `due` is ordered.
 */
export function chooseRound(due: readonly DueItem[]): DueItem[] {
  const [first] = due;
  if (first === undefined) return [];
  const taken = new Set<string>();
  return due.filter((item) => {
    if (item.dueAt >= first.dueAt + ROUND_SPAN_MS || taken.has(lifeOf(item))) return false;
    taken.add(lifeOf(item));
    return true;
  });
}
