import type { JsonValue, UsageRecord } from '@odometer/domain';
import { packColumn, type Column, type Raw } from './column.js';
import { Shapes } from './shapes.js';

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

/** Which of the fields names the customers. */
export const CUSTOMERS_FIELD = 2;

/** Stands for the list of names of a record without properties. */
export const NO_SHAPE = -1;

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
