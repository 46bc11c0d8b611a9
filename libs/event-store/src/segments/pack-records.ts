import type { JsonValue, UsageRecord } from '@odometer/domain';
import { propertiesBuilderOf, Shapes } from './shapes.js';

/**
 * A few records as rows without the words that repeat: event codes and lists of property names stand once, rows point at them. For many
 * records columns are shorter, see `packColumns`.
 */
export interface PackedRecords {
  /** Event codes. */
  readonly c: string[];
  /** Lists of property names, in the order in which they were sent. */
  readonly s: string[][];
  readonly r: PackedRow[];
}

/**
 * Transaction id, index of the code, customer, subscription and entity (0 = none), timestamp, index of the property names (−1 = no
 * properties), then the property values. Timestamps are never negative: −1 − t says that t was assigned on arrival.
 */
export type PackedRow = [
  string,
  number,
  string | 0,
  string | 0,
  string | 0,
  number,
  number,
  ...JsonValue[],
];

export const NO_PROPERTIES = -1;
/** Where in a row the property values begin. */
export const VALUES_AT = 7;

export function packRecords(records: readonly UsageRecord[]): PackedRecords {
  const codes = [...new Set(records.map(({ code }) => code))];
  const shapes = new Shapes();
  const rows = records.map((record): PackedRow => {
    const { properties } = record;
    const row: PackedRow = [
      record.transactionId,
      codes.indexOf(record.code),
      record.customerId ?? 0,
      record.subscriptionId ?? 0,
      record.entityId ?? 0,
      record.timestampAssigned ? -1 - record.timestamp : record.timestamp,
      NO_PROPERTIES,
    ];
    if (properties !== undefined) {
      const names = Object.keys(properties);
      row[6] = shapes.indexOf(names);
      for (const name of names) row.push(properties[name]!);
    }
    return row;
  });
  return { c: codes, s: shapes.entries, r: rows };
}

/** Makes records of rows, of their event codes and of the numbers that lists of property names have here. */
export function recordsBuilderOf(
  shapes: readonly (readonly string[])[],
): (row: PackedRow, code: string, shape: number) => UsageRecord {
  const builders = shapes.map(propertiesBuilderOf);
  return (row, code, shape) => ({
    transactionId: row[0],
    code,
    customerId: row[2] === 0 ? undefined : row[2],
    subscriptionId: row[3] === 0 ? undefined : row[3],
    entityId: row[4] === 0 ? undefined : row[4],
    timestamp: row[5] < 0 ? -1 - row[5] : row[5],
    timestampAssigned: row[5] < 0 ? true : undefined,
    properties:
      shape === NO_PROPERTIES
        ? undefined
        : builders[shape]!((index) => row[VALUES_AT + index] as JsonValue),
  });
}
