import { WORD_BYTES, wordsOf } from './entry-order.js';

/** 256 bits, as words of 32. */
const BLOCK_WORDS = 8;
const BLOCK_BYTES = BLOCK_WORDS * WORD_BYTES;

/** 16 bits for a key: one lookup in about 750 is a false alarm and costs one page read. */
const KEYS_PER_BLOCK = 16;

/** An odd number without a pattern for each word of a block: 32 bits of the fractions of the square roots of the first primes. */
const SALT_0 = 0x6a09e667;
const SALT_1 = 0xbb67ae85;
const SALT_2 = 0x3c6ef373;
const SALT_3 = 0xa54ff53b;
const SALT_4 = 0x510e527f;
const SALT_5 = 0x9b05688d;
const SALT_6 = 0x1f83d9ab;
const SALT_7 = 0x5be0cd19;

/** Stored words begin with their lowest byte. Machines that end with it find a bit in the byte at the other end. */
const BYTE_ORDER = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 24;

/** Which bit of a word is the key's. The high bits of a product depend on all bits of the key. */
const bitOf = (key: number, salt: number): number => (Math.imul(key, salt) >>> 27) ^ BYTE_ORDER;

/** Where the word of an entry that chooses the bits begins; here, as a constant of another module is looked up at each use. */
const SECOND_WORD = WORD_BYTES;

/** The index of the first word of the block of the entry at this byte; the other words are `block | 1` to `block | 7`. */
const blockAt = (entries: DataView, at: number, density: number): number =>
  ((entries.getUint32(at) * density) | 0) * BLOCK_WORDS;

const keyAt = (entries: DataView, at: number): number => entries.getInt32(at + SECOND_WORD, true);

/**
 * Says for certain that keys are absent. Keys are hashes already: their own bytes choose the bits.
 *
 * It is a split block Bloom filter, as Parquet's format has them: the first word of a key chooses a block and the second one bit in
 * each word of the block, so that a lookup touches one place in memory. Blocks lie in the order of their keys, and sorted entries
 * visit them from front to back. What is done for each word is written out eight times: a loop would cost twice as much.
 */
export class BloomFilter {
  readonly bits: Buffer;
  /** Blocks for each value of a key's first word; times such a value it is below the number of blocks, and rounded down one of them. */
  private readonly density: number;

  private constructor(private readonly words: Uint32Array) {
    this.bits = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    this.density = words.length / BLOCK_WORDS / 2 ** 32;
  }

  static forKeys(count: number): BloomFilter {
    const blocks = Math.max(1, Math.ceil(count / KEYS_PER_BLOCK));
    return new BloomFilter(new Uint32Array(blocks * BLOCK_WORDS));
  }

  /** The filter with the `bits` of another, which are copied when they do not begin at a whole word. */
  static of(bits: Buffer): BloomFilter {
    if (bits.length === 0 || bits.length % BLOCK_BYTES !== 0) {
      throw new Error(`a filter of ${bits.length} bytes; expected blocks of ${BLOCK_BYTES} bytes`);
    }
    return new BloomFilter(wordsOf(bits));
  }

  /** Adds the keys of entries, of which the first two words count. */
  addAll(words: Uint32Array, wordsPerEntry: number): void {
    const entries = viewOf(words);
    const end = words.byteLength;
    const step = wordsPerEntry * WORD_BYTES;
    const { words: bits, density } = this;
    let at = 0;
    while (at < end) {
      const block = blockAt(entries, at, density);
      let b0 = bits[block]!;
      let b1 = bits[block | 1]!;
      let b2 = bits[block | 2]!;
      let b3 = bits[block | 3]!;
      let b4 = bits[block | 4]!;
      let b5 = bits[block | 5]!;
      let b6 = bits[block | 6]!;
      let b7 = bits[block | 7]!;
      // Sorted entries that share a block stand side by side: it is read and written once for all of them.
      do {
        const key = keyAt(entries, at);
        b0 |= 1 << bitOf(key, SALT_0);
        b1 |= 1 << bitOf(key, SALT_1);
        b2 |= 1 << bitOf(key, SALT_2);
        b3 |= 1 << bitOf(key, SALT_3);
        b4 |= 1 << bitOf(key, SALT_4);
        b5 |= 1 << bitOf(key, SALT_5);
        b6 |= 1 << bitOf(key, SALT_6);
        b7 |= 1 << bitOf(key, SALT_7);
        at += step;
      } while (at < end && blockAt(entries, at, density) === block);
      bits[block] = b0;
      bits[block | 1] = b1;
      bits[block | 2] = b2;
      bits[block | 3] = b3;
      bits[block | 4] = b4;
      bits[block | 5] = b5;
      bits[block | 6] = b6;
      bits[block | 7] = b7;
    }
  }

  /** Tells of which entries the keys may be here, by their index. */
  suspects(words: Uint32Array, wordsPerEntry: number): number[] {
    const entries = viewOf(words);
    const end = words.byteLength;
    const step = wordsPerEntry * WORD_BYTES;
    const { words: bits, density } = this;
    const found: number[] = [];
    for (let at = 0, index = 0; at < end; at += step, index += 1) {
      const block = blockAt(entries, at, density);
      const key = keyAt(entries, at);
      // Half a block tells almost all absent keys. Asking bit by bit would be slower: the answers are hard to foresee.
      const half =
        (bits[block]! >>> bitOf(key, SALT_0)) &
        (bits[block | 1]! >>> bitOf(key, SALT_1)) &
        (bits[block | 2]! >>> bitOf(key, SALT_2)) &
        (bits[block | 3]! >>> bitOf(key, SALT_3));
      if ((half & 1) === 0) continue;
      const rest =
        (bits[block | 4]! >>> bitOf(key, SALT_4)) &
        (bits[block | 5]! >>> bitOf(key, SALT_5)) &
        (bits[block | 6]! >>> bitOf(key, SALT_6)) &
        (bits[block | 7]! >>> bitOf(key, SALT_7));
      if ((rest & 1) !== 0) found.push(index);
    }
    return found;
  }
}

/** The bytes of entries, of which words are read in an order that does not depend on the machine, and quickly. */
const viewOf = (words: Uint32Array): DataView =>
  new DataView(words.buffer, words.byteOffset, words.byteLength);
