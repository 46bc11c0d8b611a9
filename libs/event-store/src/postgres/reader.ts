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

/** An event of a page without a filter. */
interface NextRow extends EventRow {
  readonly position: string;
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
  const isBackwards = options.direction === 'backwards';
  const from = options.from ?? (isBackwards ? Number.MAX_SAFE_INTEGER : 0);
  const { rows } = await pool.query<EventRow>({
    ...(isBackwards ? STREAM_BACKWARDS : STREAM_FORWARDS),
    values: [streamId, from, options.limit ?? null],
  });
  return rows.map(recordedOf);
}

/** Prepared: every command and nearly every question reads streams, and to plan that takes longer than to do it. */
const STREAM_FORWARDS = {
  name: 'odometer_stream_forwards',
  text: `SELECT ${COLUMNS} FROM odometer.events e WHERE stream_id = $1 AND revision >= $2 ORDER BY revision ASC LIMIT $3`,
};
const STREAM_BACKWARDS = {
  name: 'odometer_stream_backwards',
  text: `SELECT ${COLUMNS} FROM odometer.events e WHERE stream_id = $1 AND revision <= $2 ORDER BY revision DESC LIMIT $3`,
};

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

const EVENTS_AT = {
  name: 'odometer_events_at',
  text: `SELECT ${COLUMNS} FROM odometer.events e WHERE position = ANY($1::bigint[]) ORDER BY position`,
};

export async function readAt(
  pool: pg.Pool,
  positions: readonly number[],
): Promise<RecordedEvent[]> {
  if (positions.length === 0) return [];
  const { rows } = await pool.query<EventRow>({ ...EVENTS_AT, values: [positions] });
  return rows.map(recordedOf);
}

/**
 * A page of the log. With a filter: which events it holds is decided on narrow columns, by the index that suits each clause of the filter; only then
 * are they fetched. The head of the log is read in the same snapshot, so a page that found nothing still moves the reader on.
 */
export async function readAll(
  pool: pg.Pool,
  { after, filter, limit = PAGE_EVENTS_DEFAULT }: ReadAllOptions,
): Promise<LogPage> {
  if (filter === undefined) return readNext(pool, after, limit);
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

/**
 * A page without a filter: what follows on the log is known beforehand, because it has no holes. Prepared, since whoever follows the log or looks
 * records up asks for it all the time, and planning would cost more than reading.
 */
const NEXT_EVENTS = {
  name: 'odometer_next_events',
  text: `SELECT ${COLUMNS} FROM (
    SELECT *, sum(size) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING) - size AS bytes_before, row_number() OVER (ORDER BY position) AS n
      FROM odometer.events WHERE position > $1::bigint AND position <= $1::bigint + $2::bigint
     ORDER BY position LIMIT $2
  ) AS e WHERE n = 1 OR bytes_before + size <= $3 ORDER BY position`,
};

async function readNext(pool: pg.Pool, after: number, limit: number): Promise<LogPage> {
  const page = await nextEvents(pool, after, limit);
  if (page.events.length > 0) return page;
  const head = await readHead(pool);
  if (head <= after) return page;
  // The log went on between the two looks, or somebody has cut a hole into it: what lies up to this head would be seen now.
  const again = await nextEvents(pool, after, limit);
  return again.events.length > 0 ? again : { events: [], position: Math.min(head, after + limit) };
}

async function nextEvents(pool: pg.Pool, after: number, limit: number): Promise<LogPage> {
  const values = [after, limit, PAGE_BYTES_MAX];
  const { rows } = await pool.query<NextRow>({ ...NEXT_EVENTS, values });
  return { events: rows.map(recordedOf), position: Number(rows.at(-1)?.position ?? after) };
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
