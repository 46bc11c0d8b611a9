import type { JsonValue } from '@odometer/domain';
import { packUuids, UUID_BYTES } from './uuids.js';

/**
 * How the values of one column are kept; one of
 * - `{ one }`: all values are this one;
 * - `{ of }`: as they are;
 * - `{ bytes: 1 | 2 | 4, least, of? }`: whole numbers, each as what it has above the least, in so many raw bytes; with `of`
 *   they are indexes into that list;
 * - `{ bytes: 16 }`: UUIDs, raw.
 */
export interface Column {
  readonly one?: JsonValue;
  readonly of?: readonly JsonValue[];
  readonly bytes?: number;
  readonly least?: number;
}

/** Raw bytes of columns, one after the other in the order in which the columns were packed. */
export type Raw = Uint8Array[];

/** Repeated texts are worth a list of their own when at most one in so many is new. */
export const REPEATS_MIN = 2;

/** Packs a column; what it keeps raw is added to `raw`. There is one value at least. */
export function packColumn(values: readonly JsonValue[], raw: Raw): Column {
  const first = values[0]!;
  if (isPlain(first) && values.every((value) => value === first)) return { one: first };
  if (typeof first === 'number') return packNumbers(values, raw) ?? { of: values };
  if (typeof first === 'string') {
    const uuids = packUuids(values);
    if (uuids !== undefined) {
      raw.push(uuids);
      return { bytes: UUID_BYTES };
    }
  }
  return packRepeats(values, raw) ?? { of: values };
}

const isPlain = (value: JsonValue): boolean => typeof value !== 'object' || value === null;

/** Undefined when some are not whole, not numbers, or lie too far apart. */
function packNumbers(values: readonly JsonValue[], raw: Raw): Column | undefined {
  if (!values.every(Number.isSafeInteger)) return undefined;
  const column = packWholeNumbers(values as readonly number[], raw);
  return column.of === undefined ? column : undefined;
}

/** Packs whole numbers, one at least. Those that lie too far apart are kept as they are. */
export function packWholeNumbers(values: Numbers, raw: Raw): Column {
  let least = values[0]!;
  let most = least;
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least === most) return { one: least };
  const bytes = widthOf(most - least);
  if (bytes === undefined) return { of: Array.from(values) };
  raw.push(packWords(values, least, bytes));
  return { bytes, least };
}

type Numbers = readonly number[] | Int32Array | Float64Array;

function widthOf(span: number): 1 | 2 | 4 | undefined {
  if (span < 2 ** 8) return 1;
  if (span < 2 ** 16) return 2;
  return span < 2 ** 32 ? 4 : undefined;
}

/** Little-endian, whatever the machine. */
function packWords(values: Numbers, least: number, bytes: 1 | 2 | 4): Uint8Array {
  const packed = new Uint8Array(values.length * bytes);
  let at = 0;
  for (let i = 0; i < values.length; i += 1) {
    const above = values[i]! - least;
    packed[at] = above;
    if (bytes > 1) packed[at + 1] = above >>> 8;
    if (bytes === 4) {
      packed[at + 2] = above >>> 16;
      packed[at + 3] = above >>> 24;
    }
    at += bytes;
  }
  return packed;
}

/** Undefined when some are no texts (or null), or too few repeat. */
function packRepeats(values: readonly JsonValue[], raw: Raw): Column | undefined {
  const different = new Map<JsonValue, number>();
  const indexes: number[] = [];
  for (const value of values) {
    if (typeof value !== 'string' && value !== null) return undefined;
    let index = different.get(value);
    if (index === undefined) {
      index = different.size;
      different.set(value, index);
    }
    indexes.push(index);
  }
  if (different.size * REPEATS_MIN > values.length) return undefined;
  return { ...packNumbers(indexes, raw), of: [...different.keys()] };
}
