import { hash } from 'node:crypto';
import type { UsageRecord } from '@odometer/domain';

/** The records of one event code of a tenant. Meters that look at the same records keep their states side by side. */
export interface CodeScope {
  readonly tenant: string;
  readonly code: string;
}

/** What the usage of grouped meters is kept apart by: the keys in the meter's order, and the values a record has for them. */
export interface Dimensions {
  readonly keys: readonly string[];
  readonly values: readonly (string | null)[];
}

/** Whose usage it is: the ids that a record names. */
export type SeriesOwner = Pick<UsageRecord, 'customerId' | 'subscriptionId' | 'entityId'>;

/** One combination that usage is kept apart by. */
export interface Series extends CodeScope {
  /** UUID derived from everything below, so that it needs no look-up. */
  readonly id: string;
  readonly customer: string | null;
  readonly subscription: string | null;
  readonly entity: string | null;
  /** Null for the series of totals. */
  readonly dimensions: Dimensions | null;
}

/**
 * Text that names a series within its scope; also what its id is derived from. Most records name a customer and nothing else: then it
 * is the customer's id itself, which no other form can equal, because ids contain no NUL.
 */
export function seriesKey(owner: SeriesOwner, dimensions: Dimensions | null): string {
  const { customerId, subscriptionId, entityId } = owner;
  const plain = subscriptionId === undefined && entityId === undefined && dimensions === null;
  if (plain && customerId !== undefined) return customerId;
  const who = `\0${part(customerId)}${part(subscriptionId)}${part(entityId)}`;
  return dimensions === null
    ? who
    : `${who}=${dimensions.keys.map(part).join('')}=${dimensions.values.map(part).join('')}`;
}

export function seriesOf(
  { tenant, code }: CodeScope,
  owner: SeriesOwner,
  dimensions: Dimensions | null,
): Series {
  const digest = hash('sha256', `${tenant}\0${code}\0${seriesKey(owner, dimensions)}`, 'hex');
  return {
    id: [
      digest.slice(0, 8),
      digest.slice(8, 12),
      digest.slice(12, 16),
      digest.slice(16, 20),
      digest.slice(20, 32),
    ].join('-'),
    tenant,
    code,
    customer: owner.customerId ?? null,
    subscription: owner.subscriptionId ?? null,
    entity: owner.entityId ?? null,
    dimensions,
  };
}

/** Unambiguous whatever the text contains: its length stands before it. */
const part = (value: string | null | undefined): string =>
  value === undefined || value === null ? '-' : `${value.length}:${value}`;
