/**
 * Entries of a fixed width, side by side in one buffer. Their order is that of their bytes; the width is a multiple of 4.
 */

const RADIX_BITS = 11;
const RADIX_SIZE = 1 << RADIX_BITS;
const RADIX_MASK = RADIX_SIZE - 1;

/** A sorted copy. Entries that are equal to the byte stay side by side. */
export function sortEntries(entries: Buffer, width: number): Buffer {
  const count = entries.length / width;
  if (count < 2) return entries;
  const words = bigEndianWords(entries);
  const wordsPerEntry = width / 4;
  const order = orderByFirstWord(words, wordsPerEntry, count);
  sortTies(order, words, wordsPerEntry);
  const sorted = Buffer.allocUnsafe(entries.length);
  for (let i = 0; i < count; i += 1) {
    const from = order[i]! * width;
    entries.copy(sorted, i * width, from, from + width);
  }
  return sorted;
}

/** Number of entries that are lower than, or (with `inclusive`) not above, `bound`, which may be a prefix of an entry. */
export function countBelow(
  entries: Buffer,
  width: number,
  bound: Buffer,
  inclusive: boolean,
): number {
  let low = 0;
  let high = entries.length / width;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = middle * width;
    const order = entries.compare(bound, 0, bound.length, start, start + bound.length);
    if (order < 0 || (inclusive && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bigEndianWords(entries: Buffer): Uint32Array {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.length);
  const words = new Uint32Array(entries.length / 4);
  for (let i = 0; i < words.length; i += 1) words[i] = view.getUint32(i * 4);
  return words;
}

/** Radix sort: three stable passes over the first word, which for hashed keys is almost always enough. */
function orderByFirstWord(words: Uint32Array, stride: number, count: number): Uint32Array {
  let order = new Uint32Array(count);
  let next = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) order[i] = i;
  for (let shift = 0; shift < 32; shift += RADIX_BITS) {
    const starts = new Uint32Array(RADIX_SIZE + 1);
    for (let i = 0; i < count; i += 1) {
      const digit = (words[i * stride]! >>> shift) & RADIX_MASK;
      starts[digit + 1]! += 1;
    }
    for (let digit = 0; digit < RADIX_SIZE; digit += 1) starts[digit + 1]! += starts[digit]!;
    for (let i = 0; i < count; i += 1) {
      const entry = order[i]!;
      const digit = (words[entry * stride]! >>> shift) & RADIX_MASK;
      next[starts[digit]!] = entry;
      starts[digit]! += 1;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** Entries that share the first word (one customer's postings do) are put in order by the rest of it. */
function sortTies(order: Uint32Array, words: Uint32Array, stride: number): void {
  let start = 0;
  for (let i = 1; i <= order.length; i += 1) {
    const same = i < order.length && words[order[i]! * stride] === words[order[start]! * stride];
    if (same) continue;
    if (i - start > 1) {
      order.subarray(start, i).sort((a, b) => compareRest(words, a * stride, b * stride, stride));
    }
    start = i;
  }
}

function compareRest(words: Uint32Array, a: number, b: number, stride: number): number {
  for (let i = 1; i < stride; i += 1) {
    const difference = words[a + i]! - words[b + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
