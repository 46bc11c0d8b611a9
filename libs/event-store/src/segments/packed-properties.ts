import type { JsonObject, JsonValue } from '@odometer/domain';
import { NO_SHAPE, type PackedColumns } from './pack-columns.js';
import { PackedColumn, type RawReader } from './packed-column.js';
import { propertiesBuilderOf } from './shapes.js';
import type { PropertyColumn } from './usage-columns.js';

/** Records with the same property names, and their values. */
interface Shape {
  readonly names: readonly string[];
  readonly columns: readonly PackedColumn[];
  readonly build: (valueAt: (index: number) => JsonValue) => JsonObject;
}

/** The properties of the records of a packed segment. */
export class PackedProperties {
  private readonly shapes: readonly Shape[];
  /** By record, the index of its shape and its row among the records of that shape; null where all have one shape. */
  private readonly shapeOf: Int32Array;
  private readonly rowOf: Int32Array | null;

  constructor({ n, s, p }: PackedColumns, shapes: PackedColumn, raw: RawReader) {
    this.shapeOf = shapes.integers();
    const counts = new Int32Array(s.length);
    if (shapes.one === 0) {
      // Mostly all records have the same names, and the rows are those of the segment.
      this.rowOf = null;
      counts[0] = n;
    } else this.rowOf = rowsOf(this.shapeOf, counts);
    this.shapes = s.map((names, shape) => ({
      names,
      columns: p[shape]!.map((column) => new PackedColumn(column, counts[shape]!, raw)),
      build: propertiesBuilderOf(names),
    }));
  }

  /** Those of a record; undefined when it was sent without. */
  of(index: number): JsonObject | undefined {
    const shape = this.shapes[this.shapeOf[index]!];
    if (shape === undefined) return undefined;
    const row = this.rowOf === null ? index : this.rowOf[index]!;
    return shape.build((name) => shape.columns[name]!.at(row));
  }

  column(name: string): PropertyColumn {
    const { shapeOf, rowOf } = this;
    const columns = this.shapes.map(({ names, columns: all }) => all[names.indexOf(name)]);
    return {
      at: (index) => columns[shapeOf[index]!]?.at(rowOf === null ? index : rowOf[index]!),
      numbers: this.numbersOf(columns),
    };
  }

  private numbersOf(columns: readonly (PackedColumn | undefined)[]): Float64Array {
    const { shapeOf, rowOf } = this;
    const byShape = columns.map((column) => column?.numbers());
    if (rowOf === null) return byShape[0] ?? new Float64Array(shapeOf.length).fill(NaN);
    const numbers = new Float64Array(shapeOf.length);
    for (let index = 0; index < numbers.length; index += 1)
      numbers[index] = byShape[shapeOf[index]!]?.[rowOf[index]!] ?? NaN;
    return numbers;
  }
}

/** Counts the records of each shape, and answers for each record which of them it is. */
function rowsOf(shapeOf: Int32Array, counts: Int32Array): Int32Array {
  const rowOf = new Int32Array(shapeOf.length);
  for (let index = 0; index < shapeOf.length; index += 1) {
    const shape = shapeOf[index]!;
    if (shape === NO_SHAPE) continue;
    rowOf[index] = counts[shape]!;
    counts[shape]! += 1;
  }
  return rowOf;
}
