import type { JsonValue } from '@odometer/domain';
import { packColumn, packWholeNumbers, REPEATS_MIN, type Column, type Raw } from './column.js';
import type { PackedColumns } from './pack-columns.js';
import { UUID_BYTES } from './uuids.js';

/** Number of the text that is none. */
export const NO_TEXT = -1;
const NO_SHAPE = -1;
const UUID_WORDS = UUID_BYTES / Uint32Array.BYTES_PER_ELEMENT;

/**
 * Records as a scanner finds them: columns of numbers, and the texts of the whole body told apart and numbered. Index of a column is the record; what
 * is optional is −1 where a record lacks it.
 */
export interface ScannedRecords {
  readonly textCount: number;
  /** The value that a text stands for: a string, a number, a boolean or null. */
  textOf(text: number): JsonValue;
  /** The bytes of UUIDs, four words of this machine for each record; undefined where transaction ids of some are none. */
  readonly uuids: Uint32Array | undefined;
  transactionIdOf(record: number): string;
  readonly codes: Int32Array;
  readonly customers: Int32Array;
  readonly subscriptions: Int32Array;
  readonly entities: Int32Array;
  /** Epoch milliseconds. */
  readonly times: Float64Array;
  /** Whether the time is that of the arrival; undefined where all records name theirs. */
  readonly assigned: ((record: number) => boolean) | undefined;
  /** Lists of property names, and for each record which one it has. */
  readonly names: readonly (readonly string[])[];
  readonly shapes: Int32Array;
  /** Index of the first property value of a record; the others follow it. */
  readonly firstValues: Int32Array;
  /** For each value its text, or −1 for a whole number, which stands at the same index in `numbers`. */
  readonly valueTexts: Int32Array;
  readonly numbers: Float64Array;
}

/** Packs some of the records, one at least, as `packColumns` packs objects. What is kept raw is added to `raw`. */
export function packScanned(scanned: ScannedRecords, records: Int32Array, raw: Raw): PackedColumns {
  const { codes, customers, subscriptions, entities, times, names } = scanned;
  const packing = new Packing(scanned, raw);
  const f = [
    packing.transactionIds(records),
    ...[codes, customers, subscriptions, entities].map((column) =>
      packing.texts(pick(column, records)),
    ),
    packWholeNumbers(pickDoubles(times, records), raw),
    packing.assigned(records),
  ];
  const shapes = new LocalShapes(scanned, records);
  f.push(packWholeNumbers(shapes.of, raw));
  const s = shapes.used.map((shape) => names[shape]!);
  const p = s.map((own, shape) => packing.properties(shapes.having(shape), own.length));
  return { n: records.length, f, s, p };
}

/** What a column holds for some records. */
function pick(column: Int32Array, records: Int32Array): Int32Array {
  const picked = new Int32Array(records.length);
  for (let i = 0; i < records.length; i += 1) picked[i] = column[records[i]!]!;
  return picked;
}

function pickDoubles(column: Float64Array, places: Int32Array): Float64Array {
  const picked = new Float64Array(places.length);
  for (let i = 0; i < places.length; i += 1) picked[i] = column[places[i]!]!;
  return picked;
}

/** Shapes are numbered anew, as the records at hand come to them. */
class LocalShapes {
  readonly of: Int32Array;
  readonly used: number[] = [];

  constructor(
    private readonly scanned: ScannedRecords,
    private readonly records: Int32Array,
  ) {
    const { shapes, names } = scanned;
    this.of = pick(shapes, records);
    const local = new Int32Array(names.length).fill(NO_SHAPE);
    for (let i = 0; i < this.of.length; i += 1) {
      const shape = this.of[i]!;
      if (shape === NO_SHAPE) continue;
      if (local[shape] === NO_SHAPE) local[shape] = this.used.push(shape) - 1;
      this.of[i] = local[shape]!;
    }
  }

  /** Where the values of the records begin that have a shape. */
  having(shape: number): Int32Array {
    const firsts = new Int32Array(this.records.length);
    let count = 0;
    for (let i = 0; i < this.records.length; i += 1) {
      if (this.of[i] !== shape) continue;
      firsts[count] = this.scanned.firstValues[this.records[i]!]!;
      count += 1;
    }
    return firsts.subarray(0, count);
  }
}

class Packing {
  /** For each text, and before them for none, its place in the list of the column at hand, from 1 on. */
  private readonly places: Int32Array;

  constructor(
    private readonly scanned: ScannedRecords,
    private readonly raw: Raw,
  ) {
    this.places = new Int32Array(scanned.textCount + 1);
  }

  transactionIds(records: Int32Array): Column {
    const { scanned, raw } = this;
    if (scanned.uuids === undefined) {
      return packColumn(
        Array.from(records, (record) => scanned.transactionIdOf(record)),
        raw,
      );
    }
    raw.push(pickUuids(scanned.uuids, records));
    return { bytes: UUID_BYTES };
  }

  texts(column: Int32Array): Column {
    const first = column[0]!;
    let at = 1;
    while (at < column.length && column[at] === first) at += 1;
    if (at === column.length) return { one: this.valueOf(first) };
    return this.repeats(column) ?? { of: Array.from(column, (text) => this.valueOf(text)) };
  }

  assigned(records: Int32Array): Column {
    const { assigned } = this.scanned;
    return assigned === undefined
      ? { one: false }
      : packColumn(Array.from(records, assigned), this.raw);
  }

  /** A column for each property of one shape; `firsts` are the places of the first ones. */
  properties(firsts: Int32Array, count: number): Column[] {
    const columns: Column[] = [];
    const places = Int32Array.from(firsts);
    for (let at = 0; at < count; at += 1) {
      columns.push(this.values(places));
      for (let i = 0; i < places.length; i += 1) places[i]! += 1;
    }
    return columns;
  }

  private values(places: Int32Array): Column {
    const { valueTexts, numbers } = this.scanned;
    const texts = pick(valueTexts, places);
    const kind = this.kindOf(texts);
    if (kind === 'numbers') return packWholeNumbers(pickDoubles(numbers, places), this.raw);
    const repeats = kind === 'texts' ? this.repeats(texts) : undefined;
    if (repeats !== undefined) return repeats;
    const values = Array.from(texts, (text, at) =>
      text === NO_TEXT ? numbers[places[at]!]! : this.valueOf(text),
    );
    return packColumn(values, this.raw);
  }

  /** What all of some property values are; numbers that are not whole have texts and count as mixed, as true and false do. */
  private kindOf(texts: Int32Array): 'numbers' | 'texts' | 'mixed' {
    let numbers = 0;
    for (let i = 0; i < texts.length; i += 1) if (texts[i] === NO_TEXT) numbers += 1;
    if (numbers === texts.length) return 'numbers';
    if (numbers > 0) return 'mixed';
    let last = NO_TEXT;
    for (let i = 0; i < texts.length; i += 1) {
      const text = texts[i]!;
      if (text !== last && !isStringOrNull(this.valueOf(text))) return 'mixed';
      last = text;
    }
    return 'texts';
  }

  /** A list of the texts that occur, and where in it each one stands; undefined when too few repeat. */
  private repeats(column: Int32Array): Column | undefined {
    const { places } = this;
    const indexes = new Int32Array(column.length);
    const different: number[] = [];
    for (let i = 0; i < column.length; i += 1) {
      const text = column[i]!;
      let place = places[text + 1]!;
      if (place === 0) {
        place = different.push(text);
        places[text + 1] = place;
      }
      indexes[i] = place - 1;
    }
    for (const text of different) places[text + 1] = 0;
    if (different.length === 1) return { one: this.valueOf(different[0]!) };
    if (different.length * REPEATS_MIN > column.length) return undefined;
    const of = different.map((text) => this.valueOf(text));
    return { ...packWholeNumbers(indexes, this.raw), of };
  }

  private valueOf(text: number): JsonValue {
    return text === NO_TEXT ? null : this.scanned.textOf(text);
  }
}

function pickUuids(uuids: Uint32Array, records: Int32Array): Uint8Array {
  const packed = new Uint32Array(records.length * UUID_WORDS);
  for (let i = 0, to = 0; i < records.length; i += 1) {
    const from = records[i]! * UUID_WORDS;
    for (let word = 0; word < UUID_WORDS; word += 1, to += 1) packed[to] = uuids[from + word]!;
  }
  return new Uint8Array(packed.buffer);
}

const isStringOrNull = (value: JsonValue): boolean => typeof value === 'string' || value === null;
