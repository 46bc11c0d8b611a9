import { toIso, type JsonObject, type UsageRecord } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import type { FoundRecord, RecordFinder } from './record-finder.js';
import { cursorAt, scanRecords, type Scan } from './record-scan.js';
import type { RecordStatus } from './usage-batch.js';
import { passesRequest, statusOf, type UsageRecordsRequest } from './usage-records-request.js';

export interface UsageRecordsPageRequest extends UsageRecordsRequest {
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

/** A page, and the log position that it reflects at least. */
export interface UsageRecordsAnswer extends UsageRecordsPage {
  readonly position: number;
}

export const USAGE_RECORDS_PAGE_MAX = 1_000;
/** Records that one page looks through for those that pass its filters. */
export const USAGE_RECORDS_SCAN_MAX = 20_000;

/** Records that are looked up at a time where a filter may leave few of them. */
const FILTERED_SCAN = 500;

/** Newest first: by time for one customer or subscription, by arrival over all of them. */
export async function findUsageRecords(
  sql: SqlClient,
  schema: string,
  finder: RecordFinder,
  request: UsageRecordsPageRequest,
): Promise<UsageRecordsPage> {
  const data: UsageRecordRow[] = [];
  let cursor: string | null = request.cursor ?? null;
  let scanned = 0;
  const size = isFiltered(request) ? Math.max(request.limit, FILTERED_SCAN) : request.limit;
  do {
    const scan: Scan = await scanRecords({ sql, schema, finder, request, size }, cursor);
    scanned += scan.found.length;
    for (const found of scan.found) {
      if (!passesRequest(found, request)) continue;
      data.push(rowOf(found));
      if (data.length === request.limit) return { data, next_cursor: cursorAt(request, found) };
    }
    cursor = scan.next;
  } while (cursor !== null && scanned < USAGE_RECORDS_SCAN_MAX);
  return { data, next_cursor: cursor };
}

/** Whether records may be left out of those that are looked up. */
const isFiltered = (request: UsageRecordsRequest): boolean =>
  [request.code, request.entityId, request.statuses, request.filter].some(
    (asked) => asked !== undefined,
  );

/** A record that was asked for, as the API shows it. */
export function rowOf(found: FoundRecord): UsageRecordRow {
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
