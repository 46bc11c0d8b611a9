import { hash } from 'node:crypto';
import type { Meter, UsageRecord } from '@odometer/domain';

/** One combination that usage is kept apart by. */
export interface Series {
  /** UUID derived from everything below, so that it needs no look-up. */
  readonly id: string;
  readonly tenant: string;
  readonly meter: Meter;
  readonly customer: string | null;
  readonly subscription: string | null;
  readonly entity: string | null;
  /** Null for the series that sums a grouped meter up, and for meters without group-by keys. */
  readonly dimensions: readonly (string | null)[] | null;
}

/**
 * Text that names a series within a meter version of a tenant; also what its id is derived from. Most records name a customer and
 * nothing else: then it is the customer's id itself, which no other form can equal, because ids contain no NUL.
 */
export function seriesKey(
  record: UsageRecord,
  dimensions: readonly (string | null)[] | null,
): string {
  const { customerId, subscriptionId, entityId } = record;
  const plain = subscriptionId === undefined && entityId === undefined && dimensions === null;
  if (plain && customerId !== undefined) return customerId;
  const who = `\0${part(customerId)}${part(subscriptionId)}${part(entityId)}`;
  return dimensions === null ? who : `${who}=${dimensions.map((value) => part(value)).join('')}`;
}

export function seriesOf(
  tenant: string,
  meter: Meter,
  record: UsageRecord,
  dimensions: readonly (string | null)[] | null,
): Series {
  const digest = hash(
    'sha256',
    `${tenant}\0${meter.code}\0${meter.version}\0${seriesKey(record, dimensions)}`,
    'hex',
  );
  return {
    id: [
      digest.slice(0, 8),
      digest.slice(8, 12),
      digest.slice(12, 16),
      digest.slice(16, 20),
      digest.slice(20, 32),
    ].join('-'),
    tenant,
    meter,
    customer: record.customerId ?? null,
    subscription: record.subscriptionId ?? null,
    entity: record.entityId ?? null,
    dimensions,
  };
}

/** Unambiguous whatever the text contains: its length stands before it. */
const part = (value: string | null | undefined): string =>
  value === undefined || value === null ? '-' : `${value.length}:${value}`;
