import type pg from 'pg';
import type {
  LogPage,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  StreamStart,
} from '../event-store.js';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT } from '../limits.js';
import { EVENT_COLUMNS, HEAD_QUERY, recordedOf, type EventRow } from './event-row.js';
import { readFiltered } from './filtered-page.js';

/** An event of a page without a filter. */
interface NextRow extends EventRow {
  readonly position: string;
}

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
  text: `SELECT ${EVENT_COLUMNS} FROM odometer.events e WHERE stream_id = $1 AND revision >= $2 ORDER BY revision ASC LIMIT $3`,
};
const STREAM_BACKWARDS = {
  name: 'odometer_stream_backwards',
  text: `SELECT ${EVENT_COLUMNS} FROM odometer.events e WHERE stream_id = $1 AND revision <= $2 ORDER BY revision DESC LIMIT $3`,
};

export async function readStreams(
  pool: pg.Pool,
  starts: readonly StreamStart[],
): Promise<RecordedEvent[][]> {
  const read = starts.map((): RecordedEvent[] => []);
  if (starts.length === 0) return read;
  const { rows } = await pool.query<EventRow & { readonly place: string }>(
    `SELECT start.place, ${EVENT_COLUMNS}
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
  text: `SELECT ${EVENT_COLUMNS} FROM odometer.events e WHERE position = ANY($1::bigint[]) ORDER BY position`,
};

export async function readAt(
  pool: pg.Pool,
  positions: readonly number[],
): Promise<RecordedEvent[]> {
  if (positions.length === 0) return [];
  const { rows } = await pool.query<EventRow>({ ...EVENTS_AT, values: [positions] });
  return rows.map(recordedOf);
}

/** A page of the log. */
export async function readAll(pool: pg.Pool, options: ReadAllOptions): Promise<LogPage> {
  const { after, filter, limit = PAGE_EVENTS_DEFAULT } = options;
  return filter === undefined ? readNext(pool, after, limit) : readFiltered(pool, filter, options);
}

/**
 * A page without a filter: what follows on the log is known beforehand, because it has no holes. Prepared, since whoever follows the log or looks
 * records up asks for it all the time, and planning would cost more than reading.
 */
const NEXT_EVENTS = {
  name: 'odometer_next_events',
  text: `SELECT ${EVENT_COLUMNS} FROM (
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
