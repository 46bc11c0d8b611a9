import type { JsonObject, JsonValue, UsageRecord } from '@odometer/domain';
import { NO_TEXT, type ScannedRecords } from '@odometer/event-store';
import type { ScanModule } from './scan-module.js';

/** Columns of a record in the scanner's memory, in this order; see `assembly/regions.ts`. */
const CODE = 0;
const CUSTOMER = 1;
const SUBSCRIPTION = 2;
const ENTITY = 3;
const ID_AT = 4;
const ID_LENGTH = 5;
const SHAPE = 6;
const VALUES = 7;
const BYTES = 8;
const FLAGS = 9;

const IS_UUID = 1;
const IS_ASSIGNED = 2;

const QUOTE = 0x22;
const UUID_WORDS = 4;

/** What the scanner found in a body. It looks into the scanner's memory, so it is over when the next body is scanned. */
export class ScannedBody implements ScannedRecords {
  readonly textCount: number;
  readonly codes: Int32Array;
  readonly customers: Int32Array;
  readonly subscriptions: Int32Array;
  readonly entities: Int32Array;
  readonly times: Float64Array;
  readonly shapes: Int32Array;
  readonly firstValues: Int32Array;
  readonly valueTexts: Int32Array;
  readonly numbers: Float64Array;
  readonly names: readonly (readonly string[])[];
  readonly uuids: Uint32Array | undefined;
  readonly assigned: ((record: number) => boolean) | undefined;
  /** Bytes of each record as it was sent. */
  readonly bytes: Int32Array;

  readonly count: number;
  /** Of the whole body. */
  readonly bodyBytes: number;

  /** In ASCII one character is one byte, which is read sooner. */
  private readonly encoding: 'latin1' | 'utf8';
  /** Those read so far. */
  private readonly texts: (JsonValue | undefined)[];
  private readonly textAt: Int32Array;
  private readonly textLength: Int32Array;
  private readonly idAt: Int32Array;
  private readonly idLength: Int32Array;
  private readonly memory: Buffer;

  constructor(
    private readonly module: ScanModule,
    body: { readonly count: number; readonly bytes: number; readonly ascii: boolean },
  ) {
    const { count } = body;
    this.count = count;
    this.bodyBytes = body.bytes;
    this.encoding = body.ascii ? 'latin1' : 'utf8';
    this.memory = Buffer.from(module.memory.buffer);
    this.textCount = module.textCount();
    this.texts = new Array<JsonValue | undefined>(this.textCount);
    this.textAt = this.words(module.textAt.value, this.textCount);
    this.textLength = this.words(module.textLength.value, this.textCount);
    this.codes = this.column(CODE);
    this.customers = this.column(CUSTOMER);
    this.subscriptions = this.column(SUBSCRIPTION);
    this.entities = this.column(ENTITY);
    this.idAt = this.column(ID_AT);
    this.idLength = this.column(ID_LENGTH);
    this.shapes = this.column(SHAPE);
    this.firstValues = this.column(VALUES);
    this.bytes = this.column(BYTES);
    this.times = this.doubles(module.times.value, count);
    // How many values there are is nowhere said; no index goes beyond them.
    this.valueTexts = this.words(module.valueTexts.value);
    this.numbers = this.doubles(module.valueNumbers.value);
    this.names = this.namesOfShapes();
    const flags = this.column(FLAGS);
    const uuids = module.uuids.value;
    this.uuids = flags.every((flag) => (flag & IS_UUID) !== 0)
      ? new Uint32Array(this.memory.buffer, uuids, count * UUID_WORDS)
      : undefined;
    this.assigned = flags.some((flag) => (flag & IS_ASSIGNED) !== 0)
      ? (record) => (flags[record]! & IS_ASSIGNED) !== 0
      : undefined;
  }

  textOf(text: number): JsonValue {
    const known = this.texts[text];
    if (known !== undefined) return known;
    const at = this.textAt[text]!;
    const end = at + this.textLength[text]!;
    const isString = this.memory[at] === QUOTE;
    const value = isString
      ? this.read(at + 1, end - 1)
      : (JSON.parse(this.read(at, end)) as JsonValue);
    this.texts[text] = value;
    return value;
  }

  transactionIdOf(record: number): string {
    const at = this.idAt[record]!;
    return this.memory.toString('latin1', at + 1, at + this.idLength[record]! - 1);
  }

  /** The id that a column holds for a record; undefined for none. */
  idOf(column: Int32Array, record: number): string | undefined {
    const text = column[record]!;
    return text === NO_TEXT ? undefined : (this.textOf(text) as string);
  }

  /** The record as an object. */
  recordAt(record: number): UsageRecord {
    return {
      transactionId: this.transactionIdOf(record),
      code: this.textOf(this.codes[record]!) as string,
      customerId: this.idOf(this.customers, record),
      subscriptionId: this.idOf(this.subscriptions, record),
      entityId: this.idOf(this.entities, record),
      timestamp: this.times[record]!,
      timestampAssigned: this.assigned?.(record) === true ? true : undefined,
      properties: this.propertiesOf(record),
    };
  }

  private propertiesOf(record: number): JsonObject | undefined {
    const names = this.names[this.shapes[record]!];
    if (names === undefined) return undefined;
    const properties: JsonObject = {};
    let place = this.firstValues[record]!;
    for (const name of names) {
      const text = this.valueTexts[place]!;
      properties[name] = text === NO_TEXT ? this.numbers[place]! : this.textOf(text);
      place += 1;
    }
    return properties;
  }

  private read(from: number, to: number): string {
    return this.memory.toString(this.encoding, from, to);
  }

  private column(field: number): Int32Array {
    const { records, recordsMax } = this.module;
    const words = Int32Array.BYTES_PER_ELEMENT;
    return this.words(records.value + field * recordsMax.value * words, this.count);
  }

  private words(at: number, count?: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, count);
  }

  private doubles(at: number, count?: number): Float64Array {
    return new Float64Array(this.memory.buffer, at, count);
  }

  /** For each shape how many names, and where the first of them stands. */
  private namesOfShapes(): string[][] {
    const { shapes, shapeNames } = this.module;
    const entries = this.words(shapes.value, this.module.shapesCount() * 2);
    const texts = this.words(shapeNames.value);
    return Array.from({ length: entries.length / 2 }, (_, shape) => {
      const from = entries[shape * 2 + 1]!;
      const own = texts.subarray(from, from + entries[shape * 2]!);
      return Array.from(own, (text) => this.textOf(text) as string);
    });
  }
}
