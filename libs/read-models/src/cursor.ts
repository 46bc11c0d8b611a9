import { RuleBroken } from '@odometer/domain';

/** Entries of a page when the caller does not say, and at most. */
export const PAGE_LIMIT_DEFAULT = 100;
export const PAGE_LIMIT_MAX = 1_000;

/** Longer texts are no cursors of ours and are not decoded. */
export const CURSOR_LENGTH_MAX = 4_096;

export interface PageRequest {
  /** 1 to PAGE_LIMIT_MAX, default PAGE_LIMIT_DEFAULT. Throws RuleBroken `invalid_limit` otherwise. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before; opaque to callers. Throws RuleBroken `invalid_cursor` when it is none of this list. */
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly data: readonly Item[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

export type CursorKey = string | number;

/** The sort keys of a page's last entry, as base64url of JSON. */
export const encodeCursor = (keys: readonly CursorKey[]): string =>
  Buffer.from(JSON.stringify(keys), 'utf8').toString('base64url');

/** The keys of a cursor, which must have just these types. */
export function decodeCursor<Shape extends readonly ('string' | 'number')[]>(
  cursor: string,
  shape: Shape,
): { -readonly [At in keyof Shape]: Shape[At] extends 'number' ? number : string } {
  const keys = cursor.length <= CURSOR_LENGTH_MAX ? parse(cursor) : null;
  const fits =
    Array.isArray(keys) &&
    keys.length === shape.length &&
    shape.every((type, at) => isKey(keys[at], type));
  // One spelling only: base64 readers let strange characters pass.
  if (!fits || encodeCursor(keys as CursorKey[]) !== cursor) {
    throw new RuleBroken('invalid_cursor', 'The cursor does not belong to this list.', 'invalid', [
      { pointer: '/cursor', code: 'invalid_cursor', detail: 'Must be a next_cursor of this list.' },
    ]);
  }
  return keys as { -readonly [At in keyof Shape]: Shape[At] extends 'number' ? number : string };
}

/** Only what the database takes as well: no text with NUL, no number beyond its integers. */
const isKey = (key: unknown, type: 'string' | 'number'): boolean =>
  type === 'string' ? typeof key === 'string' && !key.includes('\0') : Number.isSafeInteger(key);

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function limitOf({ limit = PAGE_LIMIT_DEFAULT }: PageRequest): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_LIMIT_MAX) return limit;
  const detail = `Must be a whole number from 1 to ${PAGE_LIMIT_MAX}.`;
  throw new RuleBroken('invalid_limit', `The limit is out of bounds: ${limit}.`, 'invalid', [
    { pointer: '/limit', code: 'invalid_limit', detail },
  ]);
}

/** A page out of `limit + 1` rows: the extra one tells that there are more. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  view: { readonly item: (row: Row) => Item; readonly keys: (row: Row) => readonly CursorKey[] },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data: shown.map(view.item), nextCursor: more ? encodeCursor(view.keys(last)) : null };
}
