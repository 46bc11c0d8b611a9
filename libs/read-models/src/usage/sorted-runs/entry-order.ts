/**
 * Entries of a fixed width, side by side in one buffer. Their order is that of their bytes; the width is a multiple of 4.
 */

export const WORD_BYTES = 4;
const RADIX_BITS = 11;
const RADIX_SIZE = 1 << RADIX_BITS;
const RADIX_MASK = RADIX_SIZE - 1;

/** A sorted copy. Entries that are equal to the byte stay side by side. */
export function sortEntries(entries: Buffer, width: number): Buffer {
  const count = entries.length / width;
  if (count < 2) return entries;
  const sorting = new Sorting(entries, width);
  sorting.byWord(0, 0, count);
  return sorting.copy();
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

/** Fewer entries than this are sorted by comparing them: a pass of the radix sort costs as much as its counters. */
const RADIX_ENTRIES_MIN = 256;

/**
 * Sorts an order, not the entries, which are copied once in the end. Word by word from the front: after a word only entries that share it
 * are looked at again. For hashed keys that is almost never; one customer's postings share two words.
 */
class Sorting {
  /** The entries' words, as this machine reads them. */
  private readonly raw: Uint32Array;
  private readonly wordsPerEntry: number;
  private readonly order: Uint32Array;
  private readonly spare: Uint32Array;
  /** The word at hand of each entry, by entry, most significant byte first. */
  private readonly keys: Uint32Array;

  constructor(
    entries: Buffer,
    private readonly width: number,
  ) {
    this.raw = wordsOf(entries);
    this.wordsPerEntry = width / WORD_BYTES;
    const count = entries.length / width;
    this.order = new Uint32Array(count);
    for (let i = 0; i < count; i += 1) this.order[i] = i;
    this.spare = new Uint32Array(count);
    this.keys = new Uint32Array(count);
  }

  copy(): Buffer {
    const { order, raw, wordsPerEntry } = this;
    // Not from the pool of small buffers, whose pieces need not begin at a whole word.
    const sorted = new Uint32Array(raw.length);
    let at = 0;
    for (let i = 0; i < order.length; i += 1) {
      const from = order[i]! * wordsPerEntry;
      for (let word = 0; word < wordsPerEntry; word += 1) sorted[at + word] = raw[from + word]!;
      at += wordsPerEntry;
    }
    return Buffer.from(sorted.buffer, 0, order.length * this.width);
  }

  /** Sorts the part [from, to) of the order, whose entries are equal up to this word, by it and those that follow. */
  byWord(word: number, from: number, to: number): void {
    if (word === this.wordsPerEntry) return;
    if (to - from < RADIX_ENTRIES_MIN) {
      this.byComparing(word, from, to);
      return;
    }
    this.byDigits(word, from, to);
    const { order, keys } = this;
    let start = from;
    for (let i = from + 1; i <= to; i += 1) {
      if (i < to && keys[order[i]!] === keys[order[start]!]) continue;
      // This puts other words in the place of these, but only of entries that are done with here.
      if (i - start > 1) this.byWord(word + 1, start, i);
      start = i;
    }
  }

  /** Stable passes over the digits of a word, the lowest first. A digit that all have in common needs none. */
  private byDigits(word: number, from: number, to: number): void {
    const { order, keys, raw, wordsPerEntry } = this;
    const first = bigEndian(raw[order[from]! * wordsPerEntry + word]!);
    let varying = 0;
    for (let i = from; i < to; i += 1) {
      const entry = order[i]!;
      const key = bigEndian(raw[entry * wordsPerEntry + word]!);
      keys[entry] = key;
      varying |= key ^ first;
    }
    for (let shift = 0; shift < 32; shift += RADIX_BITS) {
      if (((varying >>> shift) & RADIX_MASK) !== 0) this.byDigit(shift, from, to);
    }
  }

  private byDigit(shift: number, from: number, to: number): void {
    const { order, keys, spare } = this;
    const starts = new Uint32Array(RADIX_SIZE + 1);
    for (let i = from; i < to; i += 1) {
      starts[((keys[order[i]!]! >>> shift) & RADIX_MASK) + 1]! += 1;
    }
    for (let digit = 0; digit < RADIX_SIZE; digit += 1) starts[digit + 1]! += starts[digit]!;
    for (let i = from; i < to; i += 1) {
      const entry = order[i]!;
      const digit = (keys[entry]! >>> shift) & RADIX_MASK;
      spare[from + starts[digit]!] = entry;
      starts[digit]! += 1;
    }
    order.set(spare.subarray(from, to), from);
  }

  private byComparing(word: number, from: number, to: number): void {
    this.order.subarray(from, to).sort((a, b) => this.compare(a, b, word));
  }

  private compare(a: number, b: number, word: number): number {
    const { raw, wordsPerEntry } = this;
    const left = a * wordsPerEntry;
    const right = b * wordsPerEntry;
    for (let at = word; at < wordsPerEntry; at += 1) {
      const x = raw[left + at]!;
      const y = raw[right + at]!;
      if (x !== y) return bigEndian(x) - bigEndian(y);
    }
    return 0;
  }
}

/** The words of entries as this machine reads them; copied when they do not begin at one. */
export function wordsOf(entries: Buffer): Uint32Array {
  const aligned = entries.byteOffset % WORD_BYTES === 0 ? entries : new Uint8Array(entries);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, entries.length / WORD_BYTES);
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The value of a word whose first byte is the most significant one. */
export const bigEndian = (word: number): number =>
  LITTLE_ENDIAN
    ? ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
    : word;
