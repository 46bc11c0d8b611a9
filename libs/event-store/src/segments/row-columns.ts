import type { JsonValue, UsageRecord } from '@odometer/domain';
import {
  NO_PROPERTIES,
  recordsBuilderOf,
  VALUES_AT,
  type PackedRecords,
  type PackedRow,
} from './pack-records.js';
import { textsOf, zeros } from './packed-column.js';
import { unpackText } from './packed-text.js';
import { Shapes } from './shapes.js';
import type { PropertyColumn, Texts, UsageColumns } from './usage-columns.js';

/** Segments that are kept by rows, read as if they were one: what a segment costs is paid once for all of them. */
export class JoinedRows {
  private readonly rows: PackedRow[] = [];
  private readonly codes: string[] = [];
  private readonly codeOf: number[] = [];
  private readonly shapes = new Shapes();
  private readonly shapeOf: number[] = [];

  /** Records so far. */
  get count(): number {
    return this.rows.length;
  }

  /** Puts a segment behind those before. Throws on damaged bytes. */
  add(bytes: Uint8Array): void {
    const { c, s, r } = JSON.parse(unpackText(bytes).toString()) as PackedRecords;
    const codes = c.map((code) => this.numberOf(code));
    const shapes = s.map((names) => this.shapes.indexOf(names));
    for (const row of r) {
      this.rows.push(row);
      this.codeOf.push(codes[row[1]]!);
      this.shapeOf.push(row[6] === NO_PROPERTIES ? NO_PROPERTIES : shapes[row[6]]!);
    }
  }

  /** The records of all segments. None may be added any more. */
  columns(): UsageColumns {
    const { rows, codes, shapes, shapeOf } = this;
    const codeOf = Int32Array.from(this.codeOf);
    return new RowColumns(rows, { of: codes, index: codeOf, listed: null }, shapes, shapeOf);
  }

  /** Of the few codes that segments have. */
  private numberOf(code: string): number {
    const number = this.codes.indexOf(code);
    return number < 0 ? this.codes.push(code) - 1 : number;
  }
}

class RowColumns implements UsageColumns {
  readonly uuids = null;
  readonly count: number;
  readonly customers: Texts;
  readonly subscriptions: Texts;
  readonly entities: Texts;
  readonly timestamps: Float64Array;
  private all: readonly UsageRecord[] | undefined;
  private readonly recordOf: (row: PackedRow, code: string, shape: number) => UsageRecord;

  constructor(
    private readonly rows: readonly PackedRow[],
    readonly codes: Texts,
    private readonly shapes: Shapes,
    private readonly shapeOf: readonly number[],
  ) {
    this.count = rows.length;
    this.customers = idsOf(rows, 2);
    this.subscriptions = idsOf(rows, 3);
    this.entities = idsOf(rows, 4);
    this.timestamps = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i += 1) {
      const time = rows[i]![5];
      this.timestamps[i] = time < 0 ? -1 - time : time;
    }
    this.recordOf = recordsBuilderOf(shapes.entries);
  }

  get records(): readonly UsageRecord[] {
    return (this.all ??= this.rows.map((_, index) => this.recordAt(index)));
  }

  transactionId(index: number): string {
    return this.rows[index]![0];
  }

  timestampAssigned(index: number): boolean {
    return this.rows[index]![5] < 0;
  }

  property(name: string): PropertyColumn {
    const { rows, shapeOf } = this;
    const places = this.shapes.entries.map((names) => names.indexOf(name));
    const valueAt = (index: number): JsonValue | undefined => {
      const place = places[shapeOf[index]!] ?? -1;
      return place < 0 ? undefined : rows[index]![VALUES_AT + place];
    };
    const numbers = new Float64Array(rows.length);
    for (let index = 0; index < numbers.length; index += 1) {
      const value = valueAt(index);
      numbers[index] = typeof value === 'number' ? value : NaN;
    }
    return { at: valueAt, numbers };
  }

  record(index: number): UsageRecord | undefined {
    return index < this.count ? this.recordAt(index) : undefined;
  }

  private recordAt(index: number): UsageRecord {
    const { of: codes, index: codeOf } = this.codes;
    return this.recordOf(this.rows[index]!, codes[codeOf[index]!]!, this.shapeOf[index]!);
  }
}

/** Mostly all records name what they are about in one way, and the other columns are empty. */
function idsOf(rows: readonly PackedRow[], field: 2 | 3 | 4): Texts {
  const of: (string | undefined)[] = [];
  let named = false;
  for (let i = 0; i < rows.length; i += 1) {
    const id = rows[i]![field];
    if (id === 0) of.push(undefined);
    else {
      of.push(id);
      named = true;
    }
  }
  return named ? textsOf(of) : { of: [undefined], index: zeros(rows.length), listed: null };
}
