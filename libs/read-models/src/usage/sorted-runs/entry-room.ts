/** A room that is more than so many times larger than what was needed lately is given back. */
const SPARE_MAX = 4;
const BYTES_MIN = 4 * 1024;
/** A room that becomes too small is made so many times larger at least. */
const GROWTH = 1.5;

/**
 * Room for the entries of one batch after the other. Buffers lie outside of the heap: made anew for each batch, they would have all of the heap
 * collected every few batches, since the engine counts how much of them was made and does not know how much of it is garbage.
 */
export class EntryRoom {
  private bytes = new Uint8Array(0);
  /** The most that was taken since the last rest. */
  private most = 0;

  /** So many bytes, which begin at a whole word. Taken again, the same bytes are there as far as the room is large enough. */
  take(length: number): Buffer {
    this.most = Math.max(this.most, length);
    if (this.bytes.length < length) {
      const more = this.bytes.length * GROWTH;
      this.bytes = new Uint8Array(Math.max(BYTES_MIN, length, more));
    }
    return Buffer.from(this.bytes.buffer, 0, length);
  }

  /** To be called now and then when nothing of it is in use. */
  rest(): void {
    if (this.bytes.length > BYTES_MIN && this.bytes.length > this.most * SPARE_MAX)
      this.bytes = new Uint8Array(0);
    this.most = 0;
  }
}
