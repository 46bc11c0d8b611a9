import type { JsonObject, JsonValue, UsageRecord } from '@odometer/domain';
import { packColumn, RawReader, unpackColumn, type Column, type Raw } from './column.js';
import { propertiesBuilderOf, Shapes } from './shapes.js';

/** Many records column by column: what repeats stands once, and numbers and UUIDs are raw bytes. The raw bytes stand beside this. */
export interface PackedColumns {
  /** How many records. */
  readonly n: number;
  /** The fields of the records, in the order of FIELDS. */
  readonly f: readonly Column[];
  /** Lists of property names. */
  readonly s: readonly (readonly string[])[];
  /** For each of those lists a column for each name, with the values of the records that have this list. */
  readonly p: readonly (readonly Column[])[];
}

/** What of a record makes a column. The last one is the index of its list of property names, −1 when it has no properties. */
const FIELDS: readonly ((record: UsageRecord, shape: number) => JsonValue)[] = [
  (record) => record.transactionId,
  (record) => record.code,
  (record) => record.customerId ?? null,
  (record) => record.subscriptionId ?? null,
  (record) => record.entityId ?? null,
  (record) => record.timestamp,
  (record) => record.timestampAssigned ?? false,
  (_, shape) => shape,
];

const NO_SHAPE = -1;

/** Packs records, one at least. What is kept raw is added to `raw`. */
export function packColumns(records: readonly UsageRecord[], raw: Raw): PackedColumns {
  const shapes = new Shapes();
  const shapeOf = records.map(({ properties }) =>
    properties === undefined ? NO_SHAPE : shapes.indexOf(Object.keys(properties)),
  );
  const fields = FIELDS.map((field) =>
    packColumn(
      records.map((record, at) => field(record, shapeOf[at]!)),
      raw,
    ),
  );
  const properties = shapes.entries.map((names, shape) => {
    const having = records.filter((_, at) => shapeOf[at] === shape);
    return names.map((name) =>
      packColumn(
        having.map((record) => record.properties![name]!),
        raw,
      ),
    );
  });
  return { n: records.length, f: fields, s: shapes.entries, p: properties };
}

/** The records again. Throws on columns that do not fit together. */
export function unpackColumns(packed: PackedColumns, bytes: Uint8Array): UsageRecord[] {
  const { n: count } = packed;
  const raw = new RawReader(bytes);
  const [ids, codes, customers, subscriptions, entities, times, assigned, shapes] = packed.f.map(
    (column) => unpackColumn(column, count, raw),
  ) as [string[], string[], Ids, Ids, Ids, number[], boolean[], number[]];
  const properties = new Properties(packed, shapes, raw);
  return ids.map((transactionId, at) => ({
    transactionId,
    code: codes[at]!,
    customerId: customers[at] ?? undefined,
    subscriptionId: subscriptions[at] ?? undefined,
    entityId: entities[at] ?? undefined,
    timestamp: times[at]!,
    timestampAssigned: assigned[at] ? true : undefined,
    properties: properties.next(shapes[at]!),
  }));
}

type Ids = (string | null)[];

/** Hands the properties of the records out, in the order of the records. */
class Properties {
  private readonly shapes;

  constructor({ s, p }: PackedColumns, shapeOf: readonly number[], raw: RawReader) {
    const counts = s.map(() => 0);
    for (const shape of shapeOf) if (shape !== NO_SHAPE) counts[shape]! += 1;
    this.shapes = s.map((names, shape) => ({
      build: propertiesBuilderOf(names),
      columns: p[shape]!.map((column) => unpackColumn(column, counts[shape]!, raw)),
      row: 0,
    }));
  }

  next(shape: number): JsonObject | undefined {
    if (shape === NO_SHAPE) return undefined;
    const of = this.shapes[shape]!;
    const { row } = of;
    of.row += 1;
    return of.build((name) => of.columns[name]![row]!);
  }
}
