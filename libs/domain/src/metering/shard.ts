import { subjectOf, type UsageRecord } from './usage-record.js';

/**
 * The shard, 0 to `shards` − 1, that keeps the records of a subject (see `subjectOf`). It depends on the text alone, so every
 * process and every version agrees: FNV-1a over the UTF-16 code units, then an avalanche step (murmur3's), because ids that differ in the last digit
 * only would otherwise gather in a few shards. Never change it: deduplication relies on a subject living in one shard.
 */
export function shardOf(subject: string, shards: number): number {
  return spread(hashOn(OFFSET_BASIS, subject)) % shards;
}

/** `shardOf(subjectOf(record))` without building the subject's text: intake asks this for every record. */
export function shardOfRecord(
  record: Pick<UsageRecord, 'customerId' | 'subscriptionId'>,
  shards: number,
): number {
  const { customerId } = record;
  const hash =
    customerId === undefined
      ? hashOn(SUBSCRIPTION_BASIS, String(record.subscriptionId))
      : hashOn(CUSTOMER_BASIS, customerId);
  return spread(hash) % shards;
}

const OFFSET_BASIS = 0x811c9dc5;
const CUSTOMER_BASIS = hashOn(OFFSET_BASIS, subjectOf({ customerId: '' }));
const SUBSCRIPTION_BASIS = hashOn(OFFSET_BASIS, subjectOf({ subscriptionId: '' }));

function hashOn(basis: number, text: string): number {
  let hash = basis;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}

function spread(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
