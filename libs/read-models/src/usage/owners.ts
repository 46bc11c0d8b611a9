import type { Texts, UsageColumns } from '@odometer/event-store';
import { seriesKey, type SeriesOwner } from './series.js';

/** Whose usage the records of a segment are: the different combinations of ids that they name. */
export interface Owners {
  /** By record, the number of its combination. */
  readonly index: Int32Array;
  /** By number: the key of the combination's series of totals, and the ids. */
  readonly keys: readonly string[];
  readonly of: readonly SeriesOwner[];
}

export function ownersOf({ customers, subscriptions, entities }: UsageColumns): Owners {
  if (!named(subscriptions) && !named(entities)) {
    return ownersFrom(
      customers.index,
      customers.of.map((customerId) => ({ customerId })),
    );
  }
  const index = new Int32Array(customers.index.length);
  const of: SeriesOwner[] = [];
  const numbers = new Map<number, number>();
  for (let i = 0; i < index.length; i += 1) {
    const [customer, subscription, entity] = [
      customers.index[i]!,
      subscriptions.index[i]!,
      entities.index[i]!,
    ];
    const combination =
      (customer * subscriptions.of.length + subscription) * entities.of.length + entity;
    let number = numbers.get(combination);
    if (number === undefined) {
      number = of.length;
      numbers.set(combination, number);
      of.push({
        customerId: customers.of[customer],
        subscriptionId: subscriptions.of[subscription],
        entityId: entities.of[entity],
      });
    }
    index[i] = number;
  }
  return ownersFrom(index, of);
}

const ownersFrom = (index: Int32Array, of: readonly SeriesOwner[]): Owners => ({
  index,
  of,
  keys: of.map((owner) => seriesKey(owner, null)),
});

const named = ({ of }: Texts): boolean => of.some((id) => id !== undefined);
