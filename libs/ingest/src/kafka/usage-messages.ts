import { subjectOf, toIso, type Instant, type UsageRecord } from '@odometer/domain';
import type { Origin } from '../intake/append-segment.js';
import type { Batch } from '../intake/cut.js';
import { HEADER } from './headers.js';
import type { Outgoing } from './outbox.js';

/** Bytes of a message beside its value: key, headers, lengths. */
const MESSAGE_BYTES = 150;

/** A message for each record, with the key `tenant:subject`, so that one partition has all of a subject in its order. */
export function messagesOf(
  { tenant, actor }: Origin,
  { records, bytes }: Batch,
  now: Instant,
): Outgoing[] {
  return records.map((record, at) => ({
    message: {
      key: `${tenant}:${subjectOf(record)}`,
      value: JSON.stringify(sentAs(record)),
      headers: {
        [HEADER.tenant]: tenant,
        [HEADER.actor]: actor,
        // A record without a time of its own got that of its arrival, and keeps it on its way.
        [HEADER.receivedAt]: String(record.timestampAssigned ? record.timestamp : now),
      },
    },
    bytes: (bytes[at] ?? 0) + MESSAGE_BYTES,
  }));
}

/** The record as its sender would write it. */
const sentAs = (record: UsageRecord): object => ({
  transaction_id: record.transactionId,
  code: record.code,
  customer_id: record.customerId,
  subscription_id: record.subscriptionId,
  entity_id: record.entityId,
  timestamp: record.timestampAssigned ? undefined : toIso(record.timestamp),
  properties: record.properties,
});
