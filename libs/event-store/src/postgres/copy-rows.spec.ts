import fc from 'fast-check';
import type { CopyFields } from './copy-fields.js';
import { CopyRows } from './copy-rows.js';

interface Row {
  readonly small: number | null;
  readonly large: number | null;
  readonly text: string | null;
  readonly id: string | null;
  readonly digits: string | null;
  readonly bytes: Buffer | null;
}

const COLUMNS = 6;
const rowOf = (fields: CopyFields): Row => ({
  small: fields.integer(),
  large: fields.integer(),
  text: fields.text(),
  id: fields.uuid(),
  digits: fields.hex(),
  bytes: fields.bytes(),
});

const SIGNATURE = Buffer.from('5047434f50590aff0d0a00', 'hex');
const int2 = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255]);
const int4 = (value: number): Buffer => Buffer.concat([int2(value >> 16), int2(value & 0xffff)]);
const header = (flags = 0, extension = Buffer.alloc(0)): Buffer =>
  Buffer.concat([SIGNATURE, int4(flags), int4(extension.length), extension]);
const TRAILER = int2(-1);

const field = (bytes: Buffer | null): Buffer =>
  bytes === null ? int4(-1) : Buffer.concat([int4(bytes.length), bytes]);

function int8(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function rowBytes({ small, large, text, id, digits, bytes }: Row): Buffer {
  const fields = [
    small === null ? null : int4(small),
    large === null ? null : int8(large),
    text === null ? null : Buffer.from(text),
    id === null ? null : Buffer.from(id.replaceAll('-', ''), 'hex'),
    digits === null ? null : Buffer.from(digits, 'hex'),
    bytes,
  ];
  return Buffer.concat([int2(COLUMNS), ...fields.map(field)]);
}

const copyOf = (rows: readonly Row[]): Buffer =>
  Buffer.concat([header(), ...rows.map(rowBytes), TRAILER]);

/** Each chunk is overwritten once it was taken, as `pg` does. */
function readIn(chunks: readonly Buffer[]): readonly Row[] {
  const rows = new CopyRows(COLUMNS, rowOf);
  for (const chunk of chunks) {
    const received = Buffer.from(chunk);
    rows.push(received);
    received.fill(0xee);
  }
  return rows.rows();
}

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);
const bytesOf = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const anyRow: fc.Arbitrary<Row> = fc.record({
  small: orNull(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  large: orNull(fc.maxSafeInteger()),
  text: orNull(fc.string({ unit: 'binary' })),
  id: orNull(fc.uuid()),
  digits: orNull(bytesOf.map((bytes) => bytes.toString('hex'))),
  bytes: orNull(bytesOf),
});
const anyRows = fc.array(anyRow, { maxLength: 5 });
const anyCuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.filter((end) => end < bytes.length).sort((a, b) => a - b), bytes.length];
  return ends.map((end, n) => bytes.subarray(ends[n - 1] ?? 0, end));
}

const ROW: Row = {
  small: -1,
  large: 2 ** 40 + 3,
  text: 'Zürich 東京 🚖',
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  digits: '00ff10',
  bytes: Buffer.from([0, 255]),
};
const NULLS: Row = { small: null, large: null, text: null, id: null, digits: null, bytes: null };

describe('the rows of a binary COPY', () => {
  it('are read out of their bytes', () => {
    expect(readIn([copyOf([ROW, NULLS, ROW])])).toEqual([ROW, NULLS, ROW]);
    expect(readIn([copyOf([])])).toEqual([]);
  });

  it('are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(anyRows, anyCuts, (rows, cuts) => {
        expect(readIn(cut(copyOf(rows), cuts))).toEqual(rows);
      }),
    );
  });

  it('are the same byte by byte', () => {
    expect(readIn([...copyOf([ROW, NULLS])].map((byte) => Buffer.from([byte])))).toEqual([
      ROW,
      NULLS,
    ]);
  });

  it('are refused when the end is missing, wherever it was cut off', () => {
    const whole = copyOf([ROW, NULLS]);
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => readIn([whole.subarray(0, length)])).toThrow('COPY ended before its trailer');
    }
  });

  it('come after whatever a newer server has in the extension area and the lower flags', () => {
    const copy = Buffer.concat([
      header(0xffff, Buffer.from('something new')),
      rowBytes(ROW),
      TRAILER,
    ]);
    expect(readIn([copy])).toEqual([ROW]);
    expect(readIn(cut(copy, [15, 20, 30]))).toEqual([ROW]);
  });

  it.each([
    ['another signature', Buffer.concat([Buffer.alloc(11), int4(0), int4(0)]), 'signature'],
    ['flags that change the format', header(1 << 16), 'unknown flags: 65536'],
    ['the highest flag', header(1 << 31), 'unknown flags: 2147483648'],
    ['another count of fields', Buffer.concat([header(), int2(5)]), '5 fields instead of 6'],
    ['a negative count', Buffer.concat([header(), int2(-2)]), '-2 fields instead of 6'],
    ['a negative length', Buffer.concat([header(), int2(6), int4(-2)]), 'a field of -2 bytes'],
    ['bytes after the trailer', Buffer.concat([copyOf([ROW]), Buffer.alloc(3)]), '3 bytes'],
    [
      'an integer of another length',
      Buffer.concat([header(), int2(6), field(int2(1)), ...Array<Buffer>(5).fill(field(null))]),
      'an integer of 2 bytes',
    ],
    [
      'a UUID of another length',
      Buffer.concat([
        header(),
        int2(6),
        ...Array<Buffer>(3).fill(field(null)),
        field(int4(1)),
        ...Array<Buffer>(2).fill(field(null)),
      ]),
      'a UUID of 4 bytes',
    ],
  ])('are refused: %s', (_, bytes, message) => {
    expect(() => readIn([bytes])).toThrow(message);
  });

  it('are refused when not all of their fields are asked for', () => {
    const rows = new CopyRows(COLUMNS, (fields) => fields.integer());
    expect(() => rows.push(copyOf([ROW]))).toThrow('not read to its end');
  });
});
