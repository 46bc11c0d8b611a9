import {
  RuleBroken,
  toIso,
  type Instant,
  type JsonObject,
  type UsageRecord,
} from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import type { Place } from './identity.js';
import type { FoundRecord, RecordFinder } from './record-finder.js';
import type { RecordStatus } from './usage-batch.js';

export interface UsageRecordsRequest {
  readonly tenant: string;
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly entityId?: string | undefined;
  readonly code?: string | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** 1 to USAGE_RECORDS_PAGE_MAX. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What a record says, as the API shows it. */
export interface RecordFields {
  readonly transaction_id: string;
  readonly code: string;
  readonly customer_id: string | null;
  readonly subscription_id: string | null;
  readonly entity_id: string | null;
  readonly timestamp: string;
  readonly properties: JsonObject;
}

/** A raw record as the API shows it. */
export interface UsageRecordRow extends RecordFields {
  readonly status: RecordStatus;
  readonly received_at: string;
  readonly position: number;
}

export interface UsageRecordsPage {
  readonly data: readonly UsageRecordRow[];
  /** Null on the last page. A page may be shorter than the limit and still have a next one: filters look through so much at a time. */
  readonly next_cursor: string | null;
}

export const USAGE_RECORDS_PAGE_MAX = 1_000;
/** Records that one page looks through for those that pass its filters. */
export const USAGE_RECORDS_SCAN_MAX = 20_000;

/** Latest instant that a posting can carry: 48 bits of milliseconds. */
const END_OF_TIME = 2 ** 48 - 1;

interface Scan {
  readonly found: readonly FoundRecord[];
  /** Where the next scan goes on; null when all has been looked through. */
  readonly next: string | null;
}

/** Newest first: by time for one customer or subscription, by arrival over all of them. */
export async function findUsageRecords(
  sql: SqlClient,
  schema: string,
  finder: RecordFinder,
  request: UsageRecordsRequest,
): Promise<UsageRecordsPage> {
  const data: UsageRecordRow[] = [];
  let cursor: string | null = request.cursor ?? null;
  let scanned = 0;
  do {
    const scan: Scan = await scanOnce({ sql, schema, finder, request }, cursor);
    scanned += scan.found.length;
    for (const found of scan.found) {
      if (!passes(found, request)) continue;
      data.push(rowOf(found));
      if (data.length === request.limit) return { data, next_cursor: cursorAt(request, found) };
    }
    cursor = scan.next;
  } while (cursor !== null && scanned < USAGE_RECORDS_SCAN_MAX);
  return { data, next_cursor: cursor };
}

interface ScanContext {
  readonly sql: SqlClient;
  readonly schema: string;
  readonly finder: RecordFinder;
  readonly request: UsageRecordsRequest;
}

function scanOnce(context: ScanContext, cursor: string | null): Promise<Scan> {
  return subjectOfRequest(context.request) === null
    ? scanTenant(context, cursor)
    : scanSubject(context, cursor);
}

async function scanSubject(
  { sql, finder, request }: ScanContext,
  cursor: string | null,
): Promise<Scan> {
  const start = cursor === null ? null : readCursor(cursor, 3);
  const before = start === null ? undefined : { position: start[1]!, index: start[2]! };
  const range = {
    tenant: request.tenant,
    subject: subjectOfRequest(request)!,
    from: request.from ?? 0,
    to: start === null ? (request.to ?? END_OF_TIME) : start[0]!,
  };
  const places = await finder.newestOfSubject(sql, range, request.limit, before);
  const found = await finder.at(
    sql,
    places.map(({ place }) => place),
  );
  const last = found.at(-1);
  return { found, next: places.length < request.limit || !last ? null : cursorAt(request, last) };
}

/** Goes backwards over the segments of the tenant, one at a time. */
async function scanTenant(
  { sql, schema, finder, request }: ScanContext,
  cursor: string | null,
): Promise<Scan> {
  const start = cursor === null ? null : readCursor(cursor, 2);
  const { rows } = await sql.query<{ position: string; records: number }>(
    `SELECT position, records FROM ${schema}.segment WHERE tenant = $1 AND position <= $2 ORDER BY position DESC LIMIT 1`,
    [request.tenant, start === null ? Number.MAX_SAFE_INTEGER : start[0]],
  );
  const segment = rows[0];
  if (segment === undefined) return { found: [], next: null };
  const position = Number(segment.position);
  const end =
    start !== null && start[0] === position
      ? Math.min(start[1]!, segment.records)
      : segment.records;
  const places: Place[] = [];
  for (let index = end - 1; index >= 0; index -= 1) places.push({ position, index });
  const next = position <= 1 ? null : writeCursor([position - 1, 0xffff]);
  return { found: await finder.at(sql, places), next };
}

/** Whether a record is asked for. What an amendment has replaced is shown as a version of it, not as a record of its own. */
function passes({ record, status }: FoundRecord, request: UsageRecordsRequest): boolean {
  const same = (asked: string | undefined, has: string | undefined): boolean =>
    asked === undefined || asked === has;
  return (
    status !== 'replaced' &&
    same(request.customerId, record.customerId) &&
    same(request.subscriptionId, record.subscriptionId) &&
    same(request.entityId, record.entityId) &&
    same(request.code, record.code) &&
    record.timestamp >= (request.from ?? 0) &&
    record.timestamp < (request.to ?? Number.POSITIVE_INFINITY)
  );
}

function subjectOfRequest({ customerId, subscriptionId }: UsageRecordsRequest): string | null {
  if (customerId !== undefined) return `c:${customerId}`;
  return subscriptionId === undefined ? null : `s:${subscriptionId}`;
}

/** Throws for a record that an amendment has replaced. */
export const statusOf = ({
  record,
  status,
}: Pick<FoundRecord, 'record' | 'status'>): RecordStatus => {
  if (status === 'replaced')
    throw new Error('what an amendment has replaced is no record of its own');
  return status === 'accepted' && record.amendedAt !== undefined ? 'amended' : status;
};

function rowOf(found: FoundRecord): UsageRecordRow {
  const { record, place, receivedAt } = found;
  return {
    ...recordFields(record),
    status: statusOf(found),
    received_at: receivedAt,
    position: place.position,
  };
}

/** The fields of a record as the API shows them. */
export function recordFields(record: UsageRecord): RecordFields {
  return {
    transaction_id: record.transactionId,
    code: record.code,
    customer_id: record.customerId ?? null,
    subscription_id: record.subscriptionId ?? null,
    entity_id: record.entityId ?? null,
    timestamp: toIso(record.timestamp),
    properties: record.properties ?? {},
  };
}

const cursorAt = (request: UsageRecordsRequest, { record, place }: FoundRecord): string =>
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
