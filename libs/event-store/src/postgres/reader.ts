import type pg from 'pg';
import type { JsonObject } from '@odometer/domain';
import type {
  EventMetadata,
  LogPage,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  StreamStart,
} from '../event-store.js';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT, SCAN_POSITIONS_MAX } from '../limits.js';
import { candidatesOf, needsScan } from './candidates.js';

interface EventRow {
  readonly position: string | null;
  readonly stream_id: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly metadata: EventMetadata;
  readonly data: JsonObject | null;
  readonly payload: Buffer | null;
  readonly hash: Buffer;
}

interface PageRow extends EventRow {
  readonly head: string;
  readonly found: string;
}

const COLUMNS =
  'e.position, e.stream_id, e.revision, e.event_id, e.type, e.schema_version, e.metadata, e.data, e.payload, e.hash';

export const HEAD_QUERY = 'SELECT coalesce(max(position), 0) AS head FROM odometer.events';

export async function readHead(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ head: string }>(HEAD_QUERY);
  return Number(rows[0]!.head);
}

export async function readStream(
  pool: pg.Pool,
  streamId: string,
  options: ReadStreamOptions = {},
): Promise<RecordedEvent[]> {
  const [from, order] = options.direction === 'backwards' ? ['<=', 'DESC'] : ['>=', 'ASC'];
  const { rows } = await pool.query<EventRow>(
    `SELECT ${COLUMNS} FROM odometer.events e
      WHERE stream_id = $1 AND ($2::bigint IS NULL OR revision ${from} $2)
      ORDER BY revision ${order} LIMIT $3`,
    [streamId, options.from ?? null, options.limit ?? null],
  );
  return rows.map(recordedOf);
}

export async function readStreams(
  pool: pg.Pool,
  starts: readonly StreamStart[],
): Promise<RecordedEvent[][]> {
  const read = starts.map((): RecordedEvent[] => []);
  if (starts.length === 0) return read;
  const { rows } = await pool.query<EventRow & { readonly place: string }>(
    `SELECT start.place, ${COLUMNS}
       FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS start(stream_id, revision, place)
       JOIN odometer.events e ON e.stream_id = start.stream_id AND e.revision >= start.revision
      ORDER BY start.place, e.revision`,
    [starts.map(({ streamId }) => streamId), starts.map(({ from }) => from ?? 0)],
  );
  for (const row of rows) read[Number(row.place) - 1]!.push(recordedOf(row));
  return read;
}

/**
 * A page of the log. Which events it holds is decided on narrow columns, by the index that suits each clause of the filter; only then
 * are they fetched. The head of the log is read in the same snapshot, so a page that found nothing still moves the reader on.
 */
export async function readAll(
  pool: pg.Pool,
  { after, filter, limit = PAGE_EVENTS_DEFAULT }: ReadAllOptions,
): Promise<LogPage> {
  const upTo = needsScan(filter) ? after + SCAN_POSITIONS_MAX : Number.MAX_SAFE_INTEGER;
  const values: unknown[] = [after, limit, PAGE_BYTES_MAX, upTo];
  const candidates = candidatesOf(filter, values);
  const { rows } = await pool.query<PageRow>(
    `WITH found AS (${candidates}),
     page AS (
       SELECT position FROM (
         SELECT position, row_number() OVER w AS n, sum(size) OVER w AS bytes
           FROM found WINDOW w AS (ORDER BY position)
       ) AS counted WHERE n = 1 OR bytes <= $3)
     SELECT (${HEAD_QUERY}) AS head, (SELECT count(*) FROM found) AS found, ${COLUMNS}
       FROM (SELECT 1) AS always
       LEFT JOIN odometer.events e ON e.position = ANY (ARRAY(SELECT position FROM page))
      ORDER BY e.position`,
    values,
  );
  const events = rows.filter((row) => row.position !== null).map(recordedOf);
  const { found, head } = rows[0]!;
  const last = events.at(-1);
  const more = events.length < Number(found) || events.length === limit;
  if (more && last !== undefined) return { events, position: last.position };
  return { events, position: Math.max(after, Math.min(Number(head), upTo)) };
}

function recordedOf(row: EventRow): RecordedEvent {
  return {
    eventId: row.event_id,
    type: row.type,
    schemaVersion: row.schema_version,
    data: row.data ?? row.payload!,
    metadata: row.metadata,
    streamId: row.stream_id,
    revision: Number(row.revision),
    position: Number(row.position),
    hash: row.hash.toString('hex'),
  };
}
