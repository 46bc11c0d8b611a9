const LENGTH_BYTES = 4;
const INT4_BYTES = 4;
const INT8_BYTES = 8;
const UUID_BYTES = 16;
const WORD = 2 ** 32;

/** The fields of one row of a binary COPY, asked for in their order. Each is null where the column is. */
export class CopyFields {
  private source: Buffer = Buffer.alloc(0);
  /** Of the field that was asked for last. */
  private start = 0;
  private end = 0;

  /** What `read` makes of the fields from `start` to `end`; throws when it asks for more or fewer than there are. */
  within<Row>(source: Buffer, start: number, end: number, read: (fields: CopyFields) => Row): Row {
    this.source = source;
    this.end = start;
    const row = read(this);
    if (this.end !== end) throw new Error('a row of COPY was not read to its end');
    return row;
  }

  /** An int4, or an int8 up to 2^53. */
  integer(): number | null {
    const length = this.next();
    if (length === null) return null;
    if (length === INT4_BYTES) return this.source.readInt32BE(this.start);
    if (length !== INT8_BYTES) throw new Error(`an integer of ${length} bytes in COPY`);
    return (
      this.source.readInt32BE(this.start) * WORD + this.source.readUInt32BE(this.start + INT4_BYTES)
    );
  }

  text(): string | null {
    return this.next() === null ? null : this.source.toString('utf8', this.start, this.end);
  }

  uuid(): string | null {
    const length = this.next();
    if (length === null) return null;
    if (length !== UUID_BYTES) throw new Error(`a UUID of ${length} bytes in COPY`);
    const hex = this.source.toString('hex', this.start, this.end);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** Bytes in hexadecimal digits. */
  hex(): string | null {
    return this.next() === null ? null : this.source.toString('hex', this.start, this.end);
  }

  /** A copy: what was received is overwritten by what is received next, and one event that is kept would keep its neighbours. */
  bytes(): Buffer | null {
    const length = this.next();
    if (length === null) return null;
    const bytes = Buffer.allocUnsafe(length);
    this.source.copy(bytes, 0, this.start, this.end);
    return bytes;
  }

  /** Goes to the next field and tells its length. */
  private next(): number | null {
    const length = this.source.readInt32BE(this.end);
    this.start = this.end + LENGTH_BYTES;
    this.end = this.start + Math.max(length, 0);
    return length < 0 ? null : length;
  }
}
