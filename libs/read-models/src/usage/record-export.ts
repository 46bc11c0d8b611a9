import { shardOfRecord } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import type { FoundRecord, RecordFinder } from './record-finder.js';
import { rangeOfRequest, scanRecords, startOfScan, subjectOfRequest } from './record-scan.js';
import { passesRequest, type UsageRecordsRequest } from './usage-records-request.js';
import { rowOf, type UsageRecordRow } from './usage-records.js';

/** Records of one page of an export: what is held at a time, and looked up in one transaction. */
export const EXPORT_PAGE_RECORDS = 2_000;

/** How far the read model had come when an export began; see UsageAnswer. */
interface ExportStart {
  readonly position: number;
  readonly cut: readonly number[];
}

export interface RecordExport extends ExportStart {
  /** How many records are looked through: as many as come where nothing is filtered, else at most so many come. */
  readonly records: number;
  /** In the order of `findRecords`. Nothing is held between pages, neither a connection nor a transaction. */
  readonly pages: AsyncGenerator<readonly UsageRecordRow[], void>;
}

export interface ExportReading {
  readonly schema: string;
  /** With segments of its own: an export goes through the whole log, and would wash out what others keep. */
  readonly finder: RecordFinder;
  /** Runs something on a connection with one snapshot. */
  readonly inSnapshot: <Result>(work: (sql: SqlClient) => Promise<Result>) => Promise<Result>;
  readonly readCut: (sql: SqlClient) => Promise<ExportStart>;
}

/** All records that were there at the start, of any number. What comes in while it goes on is left out. */
export function exportRecords(
  reading: ExportReading,
  request: UsageRecordsRequest,
): Promise<RecordExport> {
  return reading.inSnapshot(async (sql) => {
    const start = await reading.readCut(sql);
    const records = await countRecords(sql, reading, request);
    return { ...start, records, pages: pagesOf(reading, request, start) };
  });
}

async function* pagesOf(
  { schema, finder, inSnapshot }: ExportReading,
  request: UsageRecordsRequest,
  { cut }: ExportStart,
): AsyncGenerator<readonly UsageRecordRow[], void> {
  const size = EXPORT_PAGE_RECORDS;
  let cursor: string | null = startOfScan(request, Math.max(0, ...cut));
  do {
    const at: string | null = cursor;
    const scan = await inSnapshot((sql) => scanRecords({ sql, schema, finder, request, size }, at));
    const rows = scan.found
      .filter((found) => wasThere(found, cut) && passesRequest(found, request))
      .map(rowOf);
    if (rows.length > 0) yield rows;
    cursor = scan.next;
  } while (cursor !== null);
}

const wasThere = ({ record, place }: FoundRecord, cut: readonly number[]): boolean =>
  place.position <= (cut[shardOfRecord(record, cut.length)] ?? 0);

function countRecords(
  sql: SqlClient,
  { schema, finder }: ExportReading,
  request: UsageRecordsRequest,
): Promise<number> {
  const subject = subjectOfRequest(request);
  return subject === null
    ? countOfTenant(sql, schema, request.tenant)
    : finder.countOfSubject(sql, rangeOfRequest(request, subject));
}

/** What an amendment has replaced is no record of its own. */
async function countOfTenant(sql: SqlClient, schema: string, tenant: string): Promise<number> {
  const { rows } = await sql.query<{ records: string }>(
    `SELECT (SELECT coalesce(sum(records), 0) FROM ${schema}.segment WHERE tenant = $1)
          - (SELECT count(*) FROM ${schema}.set_aside WHERE tenant = $1 AND status = 'replaced') AS records`,
    [tenant],
  );
  return Number(rows[0]?.records ?? 0);
}
