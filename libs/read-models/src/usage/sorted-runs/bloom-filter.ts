import { bigEndian } from './entry-order.js';

/** 16 bits and 8 probes for a key: one lookup in about 1,700 is a false alarm and costs one page read. */
const BITS_PER_KEY = 16;
const PROBES = 8;

/** Says for certain that keys are absent. Keys are hashes already: their own bytes choose the bits. */
export class BloomFilter {
  private constructor(
    readonly bits: Buffer,
    /** Bits that there are. */
    private readonly size: number,
  ) {}

  static forKeys(count: number): BloomFilter {
    const bytes = Math.max(8, Math.ceil((count * BITS_PER_KEY) / 8));
    return new BloomFilter(Buffer.alloc(bytes), bytes * 8);
  }

  static of(bits: Buffer): BloomFilter {
    return new BloomFilter(bits, bits.length * 8);
  }

  /** Adds the keys of entries: words as this machine reads them, of which the first two of each entry count. */
  addAll(words: Uint32Array, wordsPerEntry: number): void {
    const { bits } = this;
    // Said to be a whole number here, dividing by it is three times as fast.
    const size = this.size >>> 0;
    for (let at = 0; at < words.length; at += wordsPerEntry) {
      let hash = bigEndian(words[at]!);
      const step = (bigEndian(words[at + 1]!) | 1) >>> 0;
      for (let probe = 0; probe < PROBES; probe += 1) {
        const bit = hash % size;
        bits[bit >>> 3]! |= 1 << (bit & 7);
        hash = (hash + step) >>> 0;
      }
    }
  }

  /** Tells of which entries the keys may be here, by their index. */
  suspects(words: Uint32Array, wordsPerEntry: number): number[] {
    const { bits } = this;
    const size = this.size >>> 0;
    const found: number[] = [];
    for (let at = 0, index = 0; at < words.length; at += wordsPerEntry, index += 1) {
      let hash = bigEndian(words[at]!);
      const step = (bigEndian(words[at + 1]!) | 1) >>> 0;
      let probe = 0;
      while (probe < PROBES) {
        const bit = hash % size;
        if ((bits[bit >>> 3]! & (1 << (bit & 7))) === 0) break;
        hash = (hash + step) >>> 0;
        probe += 1;
      }
      if (probe === PROBES) found.push(index);
    }
    return found;
  }
}
