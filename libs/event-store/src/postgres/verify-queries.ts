import type pg from 'pg';
import type { VerifyResult } from '../event-store.js';

export type Fault = VerifyResult['faults'][number];

/** An event, exactly as stored, with the end of its stream as recorded. */
export interface ChainRow {
  readonly position: string;
  readonly stream_id: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly tenant: string;
  readonly metadata: string;
  readonly data: string | null;
  readonly payload: Buffer | null;
  readonly hash: Buffer;
  readonly end_revision: string | null;
  readonly end_hash: Buffer | null;
}

/** Events, and bytes, read at a time. */
const ROWS_PER_READ = 1_000;
const BYTES_PER_READ = 8 * 1024 * 1024;

/** All events, stream by stream, each in order of revision. */
export async function* rowsOf(client: pg.ClientBase): AsyncGenerator<ChainRow> {
  let after: ChainRow | undefined;
  for (;;) {
    const { rows }: { rows: ChainRow[] } = await client.query<ChainRow>(
      `WITH next AS (
         SELECT stream_id, revision, size FROM odometer.events
          WHERE (stream_id, revision) > ($1, $2) ORDER BY stream_id, revision LIMIT ${ROWS_PER_READ}),
       page AS (
         SELECT stream_id, revision FROM (
           SELECT stream_id, revision, row_number() OVER w AS n,
                  sum(greatest(size, 0)) OVER w AS bytes
             FROM next WINDOW w AS (ORDER BY stream_id, revision)
         ) AS counted WHERE n = 1 OR bytes <= ${BYTES_PER_READ})
       SELECT e.position, e.stream_id, e.revision, e.event_id, e.type, e.schema_version, e.tenant, e.metadata::text,
              e.data::text, e.payload, e.hash, s.revision AS end_revision, s.hash AS end_hash
         FROM page CROSS JOIN LATERAL (
           SELECT * FROM odometer.events
            WHERE stream_id = page.stream_id AND revision = page.revision OFFSET 0) AS e
         LEFT JOIN LATERAL (
           SELECT revision, hash FROM odometer.streams WHERE stream_id = e.stream_id OFFSET 0) AS s ON true
        ORDER BY e.stream_id, e.revision`,
      [after?.stream_id ?? '', after?.revision ?? -1],
    );
    yield* rows;
    after = rows.at(-1);
    if (after === undefined) return;
  }
}

/** Streams that are on record but have no event left. */
export async function strayStreams(client: pg.ClientBase, limit: number): Promise<Fault[]> {
  const { rows } = await client.query<{ stream_id: string }>(
    `SELECT stream_id FROM odometer.streams s
      WHERE NOT EXISTS (SELECT 1 FROM odometer.events e WHERE e.stream_id = s.stream_id) LIMIT $1`,
    [limit],
  );
  return rows.map(({ stream_id }) => ({
    streamId: stream_id,
    revision: 0,
    problem: 'all events of the stream are missing',
  }));
}

/** Events whose position does not follow on the one before: something was removed from the log there. */
export async function positionGaps(client: pg.ClientBase, limit: number): Promise<Fault[]> {
  const { rows } = await client.query<{ position: string; due: string }>(
    `SELECT position, due FROM (
       SELECT position, coalesce(lag(position) OVER (ORDER BY position), 0) + 1 AS due FROM odometer.events
     ) AS steps WHERE position <> due ORDER BY position LIMIT $1`,
    [limit],
  );
  if (rows.length === 0) return [];
  const places = await client.query<{ position: string; stream_id: string; revision: string }>(
    'SELECT position, stream_id, revision FROM odometer.events WHERE position = ANY ($1)',
    [rows.map(({ position }) => position)],
  );
  const dueAt = new Map(rows.map(({ position, due }) => [position, due]));
  return places.rows.map(({ position, stream_id, revision }) => ({
    streamId: stream_id,
    revision: Number(revision),
    problem: `the log misses positions ${dueAt.get(position)} to ${Number(position) - 1} before it`,
  }));
}
