import type { JsonObject, JsonValue, UsageRecord } from '@odometer/domain';

/**
 * Records as rows without the words that repeat: event codes and lists of property names stand once, rows point at them. Half the
 * text of the objects, so half the work to write, compress and read.
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
type PackedRow = [
  string,
  number,
  string | 0,
  string | 0,
  string | 0,
  number,
  number,
  ...JsonValue[],
];

const NO_PROPERTIES = -1;
const VALUES_AT = 7;

export function packRecords(records: readonly UsageRecord[]): PackedRecords {
  const codes = new Dictionary<string>();
  const shapes = new Shapes();
  const rows = records.map((record): PackedRow => {
    const { properties } = record;
    const row: PackedRow = [
      record.transactionId,
      codes.indexOf(record.code, record.code),
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
  return { c: codes.entries, s: shapes.entries, r: rows };
}

export function unpackRecords({ c: codes, s: shapes, r: rows }: PackedRecords): UsageRecord[] {
  const builders = shapes.map(builderOf);
  return rows.map((row) => ({
    transactionId: row[0],
    code: codes[row[1]]!,
    customerId: row[2] === 0 ? undefined : row[2],
    subscriptionId: row[3] === 0 ? undefined : row[3],
    entityId: row[4] === 0 ? undefined : row[4],
    timestamp: row[5] < 0 ? -1 - row[5] : row[5],
    timestampAssigned: row[5] < 0 ? true : undefined,
    properties: row[6] === NO_PROPERTIES ? undefined : builders[row[6]]!(row),
  }));
}

function builderOf(names: readonly string[]): (row: PackedRow) => JsonObject {
  // Assigning this one name would set the prototype; fromEntries makes it a property like any other.
  if (names.includes('__proto__')) {
    return (row) =>
      Object.fromEntries(names.map((name, i) => [name, row[VALUES_AT + i] as JsonValue]));
  }
  return (row) => {
    const properties: JsonObject = {};
    for (let i = 0; i < names.length; i += 1)
      properties[names[i]!] = row[VALUES_AT + i] as JsonValue;
    return properties;
  };
}

class Dictionary<Entry> {
  readonly entries: Entry[] = [];
  private readonly indexes = new Map<string, number>();

  indexOf(key: string, entry: Entry): number {
    const known = this.indexes.get(key);
    if (known !== undefined) return known;
    this.indexes.set(key, this.entries.length);
    return this.entries.push(entry) - 1;
  }
}

/** Lists of names; records that follow each other mostly have the same one, so that is looked at first. */
class Shapes {
  private readonly dictionary = new Dictionary<string[]>();
  private last: readonly string[] = [];
  private lastIndex = NO_PROPERTIES;

  get entries(): string[][] {
    return this.dictionary.entries;
  }

  indexOf(names: string[]): number {
    if (this.lastIndex !== NO_PROPERTIES && sameNames(names, this.last)) return this.lastIndex;
    this.last = names;
    this.lastIndex = this.dictionary.indexOf(JSON.stringify(names), names);
    return this.lastIndex;
  }
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i]);
