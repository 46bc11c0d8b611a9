import { hash } from 'node:crypto';

/** First bytes of a SHA-256 that identities are made of: 128 bits, so that nobody can make two ids collide. */
export const HASH_BYTES = 16;

/** Texts to be hashed, side by side in one buffer that is used again and again. */
export class Messages {
  bytes = Buffer.alloc(64 * 1024);
  /** Where each message ends, which is where the next one begins. */
  ends = new Int32Array(1_024);
  count = 0;
  /** Where the next byte goes. */
  at = 0;

  clear(): void {
    this.count = 0;
    this.at = 0;
  }

  /** Makes room for a message of at most so many bytes. */
  reserve(length: number): void {
    if (this.at + length > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(this.bytes.length * 2, this.at + length));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    if (this.count === this.ends.length) {
      const larger = new Int32Array(this.ends.length * 2);
      larger.set(this.ends);
      this.ends = larger;
    }
  }

  /** What was written since the last end is a message. */
  end(): void {
    this.ends[this.count] = this.at;
    this.count += 1;
  }
}

/** Writes the first HASH_BYTES of the SHA-256 of each message: the first at `at`, each following one `width` bytes behind the one before. */
export function hashMessages(
  { bytes, ends, count }: Messages,
  into: Buffer,
  { at, width }: { readonly at: number; readonly width: number },
): void {
  let from = 0;
  let to = at;
  for (let i = 0; i < count; i += 1) {
    const end = ends[i]!;
    writeHash(into, to, hash('sha256', bytes.subarray(from, end), 'binary'));
    from = end;
    to += width;
  }
}

/** From a text that holds a byte in each character. For so few, a call of `Buffer.write` costs more than the bytes. */
export function writeHash(into: Buffer, at: number, digest: string): void {
  for (let i = 0; i < HASH_BYTES; i += 1) into[at + i] = digest.charCodeAt(i);
}
