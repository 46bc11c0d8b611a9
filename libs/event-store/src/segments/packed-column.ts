import type { JsonValue } from '@odometer/domain';
import type { Column } from './column.js';
import type { TextList } from './text-list.js';
import type { Texts } from './usage-columns.js';
import { unpackUuids, uuidText, UUID_BYTES } from './uuids.js';

/** Reads raw bytes from front to back. Throws on an end that comes too early. */
export class RawReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (!(end <= this.bytes.length)) throw new Error('a usage segment ends too early');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}

/** A packed column as it lies in a segment. Its values are made out when they are asked for. */
export class PackedColumn {
  private readonly packed: Uint8Array | null;

  /** Throws on a column that does not have `count` values. What it has as `listed` is not in its own list. */
  constructor(
    private readonly column: Column,
    private readonly count: number,
    raw: RawReader,
    private readonly listed: TextList | null = null,
  ) {
    const { bytes, one, of } = column;
    this.packed = bytes === undefined ? null : raw.take(count * bytes);
    const values = listed?.count ?? of?.length;
    if (bytes === undefined && one === undefined && values !== count)
      throw new Error('a column of a usage segment is damaged');
  }

  /** The one value that all have; undefined when they differ. */
  get one(): JsonValue | undefined {
    return this.column.one;
  }

  /** 16 bytes for each value where all are UUIDs. */
  get uuids(): Uint8Array | null {
    return this.column.bytes === UUID_BYTES ? this.packed : null;
  }

  at(index: number): JsonValue {
    const { one, of, bytes, least = 0 } = this.column;
    if (this.packed === null) return one === undefined ? this.listedAt(index) : one;
    if (bytes === UUID_BYTES) return uuidText(this.packed, index);
    const word = least + wordAt(this.packed, index, bytes!);
    return of === undefined ? word : this.listedAt(word);
  }

  private listedAt(index: number): JsonValue {
    return this.listed === null ? this.column.of![index]! : this.listed.at(index);
  }

  private get of(): readonly JsonValue[] | undefined {
    return this.listed?.all() ?? this.column.of;
  }

  /** All values, in order. */
  values(): readonly JsonValue[] {
    const { one, bytes } = this.column;
    const { of } = this;
    if (this.packed === null)
      return one === undefined ? of! : new Array<JsonValue>(this.count).fill(one);
    if (bytes === UUID_BYTES) return unpackUuids(this.packed);
    const values: JsonValue[] = [];
    for (const word of this.words()) values.push(of === undefined ? word : of[word]!);
    return values;
  }

  /** Values that are texts or null. */
  texts(): Texts {
    const { one, of, bytes } = this.column;
    if (one !== undefined) return { of: [textOf(one)], index: zeros(this.count), listed: null };
    if (this.listed !== null) return new ListedTexts(this.listed, this.indexesOf(this.listed));
    if (bytes === undefined || bytes === UUID_BYTES) return textsOf(ownTexts(this.values()));
    const index = this.unpackInto(new Int32Array(this.count));
    return { of: ownTexts(of!), index, listed: null };
  }

  private indexesOf(listed: TextList): Int32Array {
    return this.packed === null ? upTo(listed.count) : this.unpackInto(new Int32Array(this.count));
  }

  /** Values that are numbers; NaN stands for what is none. */
  numbers(): Float64Array {
    const { one, of, bytes } = this.column;
    if (this.packed !== null && bytes !== UUID_BYTES && of === undefined) return this.words();
    const numbers = new Float64Array(this.count).fill(one === undefined ? NaN : numberOf(one));
    if (bytes === undefined && of !== undefined)
      of.forEach((value, i) => (numbers[i] = numberOf(value)));
    return numbers;
  }

  /** Values that are whole numbers of 31 bits. */
  integers(): Int32Array {
    const { one, of } = this.column;
    if (this.packed !== null) return this.unpackInto(new Int32Array(this.count));
    if (one === 0) return zeros(this.count);
    return one === undefined
      ? Int32Array.from(of as number[])
      : new Int32Array(this.count).fill(one as number);
  }

  private words(): Float64Array {
    return this.unpackInto(new Float64Array(this.count));
  }

  /** Little-endian, whatever the machine. */
  private unpackInto<Words extends Int32Array | Float64Array>(words: Words): Words {
    const { bytes = 0, least = 0 } = this.column;
    const packed = this.packed!;
    for (let i = 0; i < words.length; i += 1) words[i] = least + wordAt(packed, i, bytes);
    return words;
  }
}

function wordAt(packed: Uint8Array, index: number, bytes: number): number {
  if (bytes === 1) return packed[index]!;
  const at = index * bytes;
  const low = packed[at]! | (packed[at + 1]! << 8);
  return bytes === 2 ? low : (low | (packed[at + 2]! << 16) | (packed[at + 3]! << 24)) >>> 0;
}

/** The list itself where it has nothing but texts: what the two of them held would be held twice. */
function ownTexts(values: readonly JsonValue[]): (string | undefined)[] {
  return areTexts(values) ? values : values.map(textOf);
}

const areTexts = (values: readonly JsonValue[]): values is string[] =>
  values.every((value) => typeof value === 'string');

/** Longer segments are rare. */
const ZEROS = new Int32Array(2_048);
let latestZeros = ZEROS;

/** One array for all segments, since nobody changes what is handed out. */
export function zeros(count: number): Int32Array {
  if (count > ZEROS.length) return new Int32Array(count);
  if (latestZeros.length !== count) latestZeros = ZEROS.subarray(0, count);
  return latestZeros;
}

/** Texts that are not told apart: each is its own. */
export const textsOf = (of: (string | undefined)[]): Texts => ({
  of,
  index: upTo(of.length),
  listed: null,
});

function upTo(count: number): Int32Array {
  const index = new Int32Array(count);
  for (let i = 0; i < count; i += 1) index[i] = i;
  return index;
}

/** Texts of which strings are made when they are asked for. */
class ListedTexts implements Texts {
  constructor(
    readonly listed: TextList,
    readonly index: Int32Array,
  ) {}

  get of(): (string | undefined)[] {
    return this.listed.all();
  }
}

const textOf = (value: JsonValue): string | undefined =>
  typeof value === 'string' ? value : undefined;

const numberOf = (value: JsonValue): number => (typeof value === 'number' ? value : NaN);
