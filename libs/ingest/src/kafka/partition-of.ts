const SEED = 0x97_47_b2_8c | 0;
const M = 0x5b_d1_e9_95;
const R = 24;

/**
 * The partition of a key, as the default partitioners of Kafka's clients choose it (murmur2 of its bytes), so that what comes in over HTTP lies with
 * what applications write under the same key.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7f_ff_ff_ff) % partitions;
}

function murmur2(data: Buffer): number {
  const { length } = data;
  const whole = length - (length % 4);
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    const word = Math.imul(data.readInt32LE(at), M);
    hash = Math.imul(hash, M) ^ Math.imul(word ^ (word >>> R), M);
  }
  if (whole < length) {
    for (let at = length - 1; at >= whole; at -= 1) hash ^= data[at]! << ((at - whole) * 8);
    hash = Math.imul(hash, M);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}
