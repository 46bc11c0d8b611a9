import type pg from 'pg';
import type { JsonObject } from '@odometer/domain';
import type {
  EventFilter,
  EventMetadata,
  LogPage,
  ReadAllOptions,
  RecordedEvent,
} from '../event-store.js';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT, SCAN_POSITIONS_MAX } from '../limits.js';
import { candidatesOf, needsScan } from './candidates.js';
import type { CopyFields } from './copy-fields.js';
import { copyOut } from './copy-query.js';
import { CopyRows } from './copy-rows.js';
import { EVENT_COLUMNS, HEAD_QUERY, recordedOf, type EventRow } from './event-row.js';
import {
  isPlainInteger,
  isPlainText,
  Parameters,
  PlainLiterals,
  type SqlValues,
} from './sql-values.js';

interface Asked {
  readonly after: number;
  /** The last position that is looked at. */
  readonly upTo: number;
  readonly limit: number;
  readonly filter: readonly EventFilter[];
}

/** A row of a page. The head of the log, and how many events were found, stand in each; there is one without an event when none was found. */
interface PageRow {
  readonly head: number;
  readonly found: number;
  readonly event: RecordedEvent | null;
}

/**
 * A page with a filter. Which events it holds is decided on narrow columns, by the index that suits each clause of the filter; only then
 * are they fetched. The head of the log is read in the same snapshot, so a page that found nothing still moves the reader on.
 */
export async function readFiltered(
  pool: pg.Pool,
  filter: readonly EventFilter[],
  { after, limit = PAGE_EVENTS_DEFAULT }: ReadAllOptions,
): Promise<LogPage> {
  const upTo = needsScan(filter) ? after + SCAN_POSITIONS_MAX : Number.MAX_SAFE_INTEGER;
  const asked = { after, upTo, limit, filter };
  const rows = isPlain(asked) ? await copiedRows(pool, asked) : await textRows(pool, asked);
  const { found, head } = rows[0]!;
  const events = rows.map(({ event }) => event).filter((event) => event !== null);
  const last = events.at(-1);
  const more = events.length < found || events.length === limit;
  if (more && last !== undefined) return { events, position: last.position };
  return { events, position: Math.max(after, Math.min(head, upTo)) };
}

function pageQuery({ filter, after, upTo, limit }: Asked, values: SqlValues): string {
  const stretch = {
    after: values.integer(after),
    upTo: values.integer(upTo),
    limit: values.integer(limit),
  };
  return `WITH found AS (${candidatesOf(filter, stretch, values)}),
     page AS (
       SELECT position FROM (
         SELECT position, row_number() OVER w AS n, sum(size) OVER w AS bytes
           FROM found WINDOW w AS (ORDER BY position)
       ) AS counted WHERE n = 1 OR bytes <= ${values.integer(PAGE_BYTES_MAX)})
     SELECT (${HEAD_QUERY}) AS head, (SELECT count(*) FROM found) AS found, ${EVENT_COLUMNS}
       FROM (SELECT 1) AS always
       LEFT JOIN odometer.events e ON e.position = ANY (ARRAY(SELECT position FROM page))
      ORDER BY e.position`;
}

/** Whether the statement may hold all of it as literals; see `PlainLiterals`. */
const isPlain = ({ after, upTo, limit, filter }: Asked): boolean =>
  [after, upTo, limit].every(isPlainInteger) && filter.every(isPlainClause);

const isPlainClause = ({ types = [], streamPrefix = '', streamSuffix = '' }: EventFilter) =>
  types.every(isPlainText) && isPlainText(streamPrefix) && isPlainText(streamSuffix);

/** In binary form: as text, PostgreSQL would write bytes in hexadecimal, twice as many, and `pg` would make a string of them first. */
function copiedRows(pool: pg.Pool, asked: Asked): Promise<readonly PageRow[]> {
  const rows = new CopyRows(COPIED_COLUMNS, copiedRowOf);
  return copyOut(pool, pageQuery(asked, new PlainLiterals()), rows);
}

const COPIED_COLUMNS = 2 + EVENT_COLUMNS.split(',').length;

/** In the order of the columns. */
function copiedRowOf(fields: CopyFields): PageRow {
  const head = fields.integer()!;
  const found = fields.integer()!;
  const position = fields.integer();
  const streamId = fields.text();
  const revision = fields.integer();
  const eventId = fields.uuid();
  const type = fields.text();
  const schemaVersion = fields.integer();
  const metadata = fields.text();
  const data = fields.text();
  const payload = fields.bytes();
  const hash = fields.hex();
  if (position === null) return { head, found, event: null };
  const event = {
    eventId: eventId!,
    type: type!,
    schemaVersion: schemaVersion!,
    data: data === null ? payload! : (JSON.parse(data) as JsonObject),
    metadata: JSON.parse(metadata!) as EventMetadata,
    streamId: streamId!,
    revision: revision!,
    position,
    hash: hash!,
  };
  return { head, found, event };
}

async function textRows(pool: pg.Pool, asked: Asked): Promise<readonly PageRow[]> {
  const parameters = new Parameters();
  const { rows } = await pool.query<EventRow & { readonly head: string; readonly found: string }>(
    pageQuery(asked, parameters),
    parameters.values,
  );
  return rows.map((row) => ({
    head: Number(row.head),
    found: Number(row.found),
    event: row.position === null ? null : recordedOf(row),
  }));
}
