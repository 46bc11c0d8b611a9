/** 16 bits and 8 probes for a key: one lookup in about 1,700 is a false alarm and costs one page read. */
const BITS_PER_KEY = 16;
const PROBES = 8;

/** Says for certain that a key is absent. Keys are hashes already: their own bytes choose the bits. */
export class BloomFilter {
  private constructor(
    readonly bits: Buffer,
    private readonly size: number,
  ) {}

  static forKeys(count: number): BloomFilter {
    const bytes = Math.max(8, Math.ceil((count * BITS_PER_KEY) / 8));
    return new BloomFilter(Buffer.alloc(bytes), bytes * 8);
  }

  static of(bits: Buffer): BloomFilter {
    return new BloomFilter(bits, bits.length * 8);
  }

  /** `first` and `second` are the first two 32-bit words of the key. */
  add(first: number, second: number): void {
    let hash = first;
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = hash % this.size;
      this.bits[bit >>> 3]! |= 1 << (bit & 7);
      hash = (hash + (second | 1)) >>> 0;
    }
  }

  mayContain(first: number, second: number): boolean {
    let hash = first;
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = hash % this.size;
      if ((this.bits[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
      hash = (hash + (second | 1)) >>> 0;
    }
    return true;
  }
}
