/** How many usage streams a tenant has by default. Fixed for a log once it has usage: a subject must stay in its shard. */
export const DEFAULT_USAGE_SHARDS = 8;

/**
 * The shard, 0 to `shards` − 1, that keeps the records of a subject (see `subjectOf`). It depends on the text alone, so every
 * process and every version agrees: FNV-1a over the UTF-16 code units, then an avalanche step (murmur3's), because ids that differ in the last digit
 * only would otherwise gather in a few shards. Never change it: deduplication relies on a subject living in one shard.
 */
export function shardOf(subject: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < subject.length; at += 1) {
    hash = Math.imul(hash ^ subject.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % shards;
}
