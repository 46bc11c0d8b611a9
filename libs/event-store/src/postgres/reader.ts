import type pg from 'pg';
import type {
  EventFilter,
  EventMetadata,
  LogPage,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
} from '../event-store.js';
import type { JsonObject } from '@odometer/domain';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT } from '../limits.js';

interface EventRow {
  readonly position: string;
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

const COLUMNS =
  'e.position, e.stream_id, e.revision, e.event_id, e.type, e.schema_version, e.metadata, e.data, e.payload, e.hash';

export async function readStream(
  pool: pg.Pool,
  streamId: string,
  options: ReadStreamOptions = {},
): Promise<RecordedEvent[]> {
  const backwards = options.direction === 'backwards';
  const { rows } = await pool.query<EventRow>(
    `SELECT ${COLUMNS} FROM odometer.events e
      WHERE stream_id = $1 AND ($2::bigint IS NULL OR revision ${backwards ? '<=' : '>='} $2)
      ORDER BY revision ${backwards ? 'DESC' : 'ASC'} LIMIT $3`,
    [streamId, options.from ?? null, options.limit ?? null],
  );
  return rows.map(recordedOf);
}

/**
 * A page of the log. Which events it holds is decided on narrow columns, by the index that suits each clause of the filter; only then
 * are they fetched. The end of the log is read in the same snapshot, so a page that found nothing still moves the reader on.
 */
export async function readAll(
  pool: pg.Pool,
  { after, filter, limit = PAGE_EVENTS_DEFAULT }: ReadAllOptions,
): Promise<LogPage> {
  const values: unknown[] = [after, limit, PAGE_BYTES_MAX];
  const candidates = candidatesOf(filter, values);
  const { rows } = await pool.query<EventRow & { head: string | null }>(
    `WITH found AS (${candidates}),
       page AS (
         SELECT position FROM (
           SELECT position, size, row_number() OVER w AS n, sum(size) OVER w AS total FROM found WINDOW w AS (ORDER BY position)
         ) AS sized WHERE n = 1 OR (n <= $2 AND total <= $3))
     SELECT (SELECT max(position) FROM odometer.events) AS head, (SELECT count(*) FROM found) AS found, ${COLUMNS}
       FROM (SELECT 1) AS one LEFT JOIN (page JOIN odometer.events e USING (position)) ON true ORDER BY e.position`,
    values,
  );
  const events = rows.filter((row) => row.position !== null).map(recordedOf);
  const found = Number((rows[0] as unknown as { found: string }).found);
  const complete = events.length === found && found < limit;
  const head = Number(rows[0]!.head ?? 0);
  return { events, position: complete ? Math.max(head, after) : events.at(-1)!.position };
}

/** Positions and sizes of the next events that pass, lowest first, `limit` at most. */
function candidatesOf(filter: readonly EventFilter[] | undefined, values: unknown[]): string {
  const size = `coalesce(octet_length(payload), 1024) AS size`;
  const next = (condition: string): string =>
    `SELECT position, ${size} FROM odometer.events WHERE position > $1 ${condition} ORDER BY position LIMIT $2`;
  if (filter === undefined) return next('');
  const clauses = filter.flatMap((clause) => {
    const stream = streamCondition(clause, values);
    if (clause.types === undefined) return [`(${next(stream)})`];
    return clause.types.map((type) => {
      values.push(type);
      return `(${next(`AND type = $${values.length} ${stream}`)})`;
    });
  });
  if (clauses.length === 0) return next('AND false');
  return `SELECT DISTINCT position, size FROM (${clauses.join(' UNION ALL ')}) AS any_clause ORDER BY position LIMIT $2`;
}

function streamCondition({ streamPrefix, streamSuffix }: EventFilter, values: unknown[]): string {
  const conditions: string[] = [];
  if (streamPrefix !== undefined) {
    values.push(streamPrefix);
    conditions.push(`AND starts_with(stream_id, $${values.length})`);
  }
  if (streamSuffix !== undefined) {
    values.push(streamSuffix);
    conditions.push(`AND right(stream_id, length($${values.length})) = $${values.length}`);
  }
  return conditions.join(' ');
}

export function recordedOf(row: EventRow): RecordedEvent {
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
