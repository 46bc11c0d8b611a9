import { RuleBroken } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import type { Place } from './identity.js';
import type { FoundRecord, RecordFinder } from './record-finder.js';
import type { UsageRecordsRequest } from './usage-records-request.js';

/** Latest instant that a posting can carry: 48 bits of milliseconds. */
const END_OF_TIME = 2 ** 48 - 1;

/** Segments that are looked up at a time where records come one by one. */
const SEGMENTS_PER_SCAN = 256;

export interface Scan {
  /** Newest first. */
  readonly found: readonly FoundRecord[];
  /** Where the next scan goes on; null when all has been looked through. */
  readonly next: string | null;
}

export interface ScanContext {
  readonly sql: SqlClient;
  readonly schema: string;
  readonly finder: RecordFinder;
  readonly request: UsageRecordsRequest;
  /** Records of one scan, about: a segment is looked through whole. */
  readonly size: number;
}

/** Looks through the next records: by time for one customer or subscription, by arrival over all of them. */
export function scanRecords(context: ScanContext, cursor: string | null): Promise<Scan> {
  return subjectOfRequest(context.request) === null
    ? scanTenant(context, cursor)
    : scanSubject(context, cursor);
}

/** The customer or subscription that is named; null for everybody's records. */
export function subjectOfRequest({
  customerId,
  subscriptionId,
}: Pick<UsageRecordsRequest, 'customerId' | 'subscriptionId'>): string | null {
  if (customerId !== undefined) return `c:${customerId}`;
  return subscriptionId === undefined ? null : `s:${subscriptionId}`;
}

/** The range of a subject's records that a request looks through. */
export const rangeOfRequest = (request: UsageRecordsRequest, subject: string) => ({
  tenant: request.tenant,
  subject,
  from: request.from ?? 0,
  to: request.to ?? END_OF_TIME,
});

async function scanSubject(
  { sql, finder, request, size }: ScanContext,
  cursor: string | null,
): Promise<Scan> {
  const start = cursor === null ? null : readCursor(cursor, 3);
  const before = start === null ? undefined : { position: start[1]!, index: start[2]! };
  const asked = rangeOfRequest(request, subjectOfRequest(request)!);
  const range = start === null ? asked : { ...asked, to: start[0]! };
  const places = await finder.newestOfSubject(sql, range, size, before);
  const found = await finder.at(
    sql,
    places.map(({ place }) => place),
  );
  const last = found.at(-1);
  return { found, next: places.length < size || !last ? null : cursorAt(request, last) };
}

/** Goes backwards over the segments of the tenant. */
async function scanTenant(
  { sql, schema, finder, request, size }: ScanContext,
  cursor: string | null,
): Promise<Scan> {
  const start = cursor === null ? null : readCursor(cursor, 2);
  const { rows } = await sql.query<{ position: string; records: number }>(
    `SELECT position, records FROM ${schema}.segment WHERE tenant = $1 AND position <= $2
      ORDER BY position DESC LIMIT $3`,
    [request.tenant, start === null ? Number.MAX_SAFE_INTEGER : start[0], SEGMENTS_PER_SCAN],
  );
  const places: Place[] = [];
  for (const row of rows) {
    const position = Number(row.position);
    const end =
      start !== null && start[0] === position ? Math.min(start[1]!, row.records) : row.records;
    for (let index = end - 1; index >= 0; index -= 1) places.push({ position, index });
    if (places.length < size) continue;
    return { found: await finder.at(sql, places), next: writeCursor([position, 0]) };
  }
  const last = rows.at(-1);
  const next =
    last === undefined || rows.length < SEGMENTS_PER_SCAN
      ? null
      : writeCursor([Number(last.position), 0]);
  return { found: await finder.at(sql, places), next };
}

/** Where a scan begins that leaves out what lies beyond a position; null = at the newest. */
export const startOfScan = (request: UsageRecordsRequest, position: number): string | null =>
  subjectOfRequest(request) === null ? writeCursor([position, Number.MAX_SAFE_INTEGER]) : null;

/** The cursor of what follows a record. */
export const cursorAt = (
  request: UsageRecordsRequest,
  { record, place }: Pick<FoundRecord, 'record' | 'place'>,
): string =>
  subjectOfRequest(request) === null
    ? writeCursor([place.position, place.index])
    : writeCursor([record.timestamp, place.position, place.index]);

const writeCursor = (numbers: readonly number[]): string =>
  Buffer.from(numbers.join('.')).toString('base64url');

function readCursor(cursor: string, length: number): number[] {
  const numbers = Buffer.from(cursor, 'base64url').toString('latin1').split('.').map(Number);
  if (
    numbers.length !== length ||
    !numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
  ) {
    throw new RuleBroken(
      'invalid_cursor',
      'the cursor is not one that this list has given out',
      'invalid',
      [
        {
          pointer: '/cursor',
          code: 'invalid_cursor',
          detail: 'expected a next_cursor of the same list',
        },
      ],
    );
  }
  return numbers;
}
