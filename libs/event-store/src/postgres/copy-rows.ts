import { CopyFields } from './copy-fields.js';

/** Eleven bytes, chosen so that a transfer of text would damage them. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, flags, length of the extension area. */
const HEADER_BYTES = SIGNATURE.length + 8;
/** Flags that a reader must know; it may ignore those below. */
const CRITICAL_FLAGS = 0xffff0000;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
/** In place of a count of fields: the end. */
const TRAILER = -1;
const NULL = -1;

/**
 * Reads the rows of PostgreSQL's binary COPY format (documentation of COPY, "Binary Format") out of its bytes, however they are cut: a header, then for
 * each row a count of fields and each field behind its length, then a trailer. Throws on anything else.
 */
export class CopyRows<Row> {
  private readonly read: Row[] = [];
  private readonly fields = new CopyFields();
  /** The begin of what is not whole yet, copied: the bytes given may be overwritten afterwards. */
  private held: Buffer = Buffer.alloc(0);
  private begun = false;
  private ended = false;

  constructor(
    private readonly columns: number,
    private readonly rowOf: (fields: CopyFields) => Row,
  ) {}

  push(chunk: Buffer): void {
    const bytes = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const end = this.begun ? this.row(bytes, at) : this.header(bytes);
      if (end === null) break;
      at = end;
    }
    // The server sends whole rows, so there is hardly ever something to hold.
    this.held = at < bytes.length ? Buffer.from(bytes.subarray(at)) : Buffer.alloc(0);
  }

  /** All rows. Throws when the bytes ended too early. */
  rows(): readonly Row[] {
    if (!this.ended)
      throw new Error(`COPY ended before its trailer, after ${this.read.length} rows`);
    return this.read;
  }

  /** Where the first row begins, or null when the header is not whole. */
  private header(bytes: Buffer): number | null {
    if (bytes.length < HEADER_BYTES) return null;
    if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) {
      throw new Error('COPY did not begin with the signature of its binary format');
    }
    const flags = bytes.readUInt32BE(SIGNATURE.length);
    if ((flags & CRITICAL_FLAGS) !== 0) throw new Error(`COPY has unknown flags: ${flags}`);
    const end = HEADER_BYTES + bytes.readUInt32BE(SIGNATURE.length + 4);
    if (bytes.length < end) return null;
    this.begun = true;
    return end;
  }

  /** Where the row at `at` ends, or null when it is not whole. */
  private row(bytes: Buffer, at: number): number | null {
    if (this.ended) throw new Error(`COPY went on after its trailer: ${bytes.length - at} bytes`);
    if (bytes.length < at + COUNT_BYTES) return null;
    const count = bytes.readInt16BE(at);
    const start = at + COUNT_BYTES;
    if (count === TRAILER) {
      this.ended = true;
      return start;
    }
    if (count !== this.columns) {
      throw new Error(`COPY has a row of ${count} fields instead of ${this.columns}`);
    }
    const end = this.endOf(bytes, start);
    if (end === null) return null;
    this.read.push(this.fields.within(bytes, start, end, this.rowOf));
    return end;
  }

  private endOf(bytes: Buffer, start: number): number | null {
    let at = start;
    for (let field = 0; field < this.columns; field += 1) {
      if (bytes.length < at + LENGTH_BYTES) return null;
      const length = bytes.readInt32BE(at);
      if (length < NULL) throw new Error(`COPY has a field of ${length} bytes`);
      at += LENGTH_BYTES + Math.max(length, 0);
    }
    return at <= bytes.length ? at : null;
  }
}
