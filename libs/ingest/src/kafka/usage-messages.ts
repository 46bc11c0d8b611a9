import { subjectOf, toIso, type Instant, type UsageRecord } from '@odometer/domain';
import type { Message } from 'kafkajs';
import type { Origin } from '../intake/append-segment.js';
import type { Batch } from '../intake/cut.js';
import { HEADER } from './headers.js';
import { MESSAGE_BYTES_MAX, MESSAGE_RECORDS_MAX } from './limits.js';
import type { Outgoing } from './outbox.js';
import { partitionOf } from './partition-of.js';

/** Bytes of a message beside its value: key, headers, lengths. */
const MESSAGE_BYTES = 150;
/** By how much the text of a record may be longer here than what came in: a time that was a number, a comma. */
const RECORD_BYTES = 32;

/** Records that travel in one message. */
interface Bundle {
  readonly key: string;
  readonly arrivedAt: Instant;
  readonly records: UsageRecord[];
  bytes: number;
}

/**
 * The messages of a request: records of one partition share them, in their order, so one partition has all of a subject in its order. The key is
 * `tenant:subject` of the first record, which leads the message to where all of its subjects belong. The partition itself is not named: of
 * messages for a partition that a topic made anew does not have any more, kafkajs says that they were sent.
 */
export function messagesOf(
  { tenant, actor }: Origin,
  { records, bytes }: Batch,
  { now, partitions }: { readonly now: Instant; readonly partitions: number },
): Outgoing[] {
  const bundles: Bundle[] = [];
  const open = new Array<Bundle | undefined>(partitions);
  records.forEach((record, at) => {
    const key = `${tenant}:${subjectOf(record)}`;
    const partition = partitionOf(key, partitions);
    // A record without a time of its own got that of its arrival, and keeps it on its way.
    const arrivedAt = record.timestampAssigned ? record.timestamp : now;
    const size = (bytes[at] ?? 0) + RECORD_BYTES;
    let bundle = open[partition];
    if (bundle === undefined || !fits(bundle, arrivedAt, size)) {
      bundle = { key, arrivedAt, records: [], bytes: 0 };
      open[partition] = bundle;
      bundles.push(bundle);
    }
    bundle.records.push(record);
    bundle.bytes += size;
  });
  return bundles.map((bundle) => ({
    message: messageOf(bundle, { tenant, actor }),
    bytes: bundle.bytes + MESSAGE_BYTES,
  }));
}

const fits = (bundle: Bundle, arrivedAt: Instant, bytes: number): boolean =>
  bundle.records.length < MESSAGE_RECORDS_MAX &&
  bundle.bytes + bytes <= MESSAGE_BYTES_MAX &&
  bundle.arrivedAt === arrivedAt;

function messageOf({ key, arrivedAt, records }: Bundle, origin: Origin): Message {
  const [first] = records;
  const single = records.length === 1 && first !== undefined;
  return {
    key,
    value: JSON.stringify(single ? sentAs(first) : records.map(sentAs)),
    headers: {
      [HEADER.tenant]: origin.tenant,
      [HEADER.actor]: origin.actor,
      [HEADER.receivedAt]: String(arrivedAt),
    },
  };
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
