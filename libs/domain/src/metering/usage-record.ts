import type { Instant } from '../kernel/instant.js';
import type { JsonObject } from '../kernel/json.js';

/**
 * One fact of use, as it is kept in a segment of the log. At least one of `customerId` and `subscriptionId` is set.
 * Property numbers that a double cannot carry exactly are kept as decimal strings.
 */
export interface UsageRecord {
  readonly transactionId: string;
  readonly code: string;
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly entityId?: string | undefined;
  readonly timestamp: Instant;
  /** Set when the sender named no time and the record got the time of its arrival: a retry then differs in it, and is no conflict. */
  readonly timestampAssigned?: true | undefined;
  readonly properties?: JsonObject | undefined;
  /** Position in the log of the amendment that this content comes from; absent for content as it was sent. */
  readonly amendedAt?: number | undefined;
}

/**
 * Who the record is about: the customer, or the subscription where the record names only that.
 * (tenant, subject, transaction id) is the identity of a record, and a subject lives in one shard.
 */
export function subjectOf(record: Pick<UsageRecord, 'customerId' | 'subscriptionId'>): string {
  return record.customerId === undefined ? `s:${record.subscriptionId}` : `c:${record.customerId}`;
}
