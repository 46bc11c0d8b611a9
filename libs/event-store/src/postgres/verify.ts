import type pg from 'pg';
import { chainHash, contentDigest } from '../event-hash.js';
import type { VerifyResult } from '../event-store.js';

interface ChainRow {
  readonly position: string;
  readonly stream_id: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly metadata: string;
  readonly data: string | null;
  readonly payload: Buffer | null;
  readonly hash: Buffer;
}

interface Fault {
  readonly streamId: string;
  readonly revision: number;
  readonly problem: string;
}

/** Events read at a time. */
const ROWS_PER_READ = 200;
const FAULTS_DEFAULT = 100;

/**
 * Walks every stream from its first event and recomputes the chain. A changed event breaks its own hash, a removed or inserted one the
 * order of revisions or the hash of its successor, and one cut off the end is missed by the stream's own record of its last hash.
 */
export async function verifyChains(
  pool: pg.Pool,
  { limit = FAULTS_DEFAULT }: { readonly limit?: number } = {},
): Promise<VerifyResult> {
  const faults: Fault[] = [];
  let events = 0;
  let chain = null as Chain | null;
  let streams = 0;
  for await (const row of rowsOf(pool)) {
    if (chain?.streamId !== row.stream_id) {
      if (chain !== null) await checkEnd(pool, chain, faults);
      chain = { streamId: row.stream_id, revision: -1, hash: Buffer.alloc(0) };
      streams += 1;
    }
    checkLink(chain, row, faults);
    events += 1;
    if (faults.length >= limit) return { events, streams, faults: faults.slice(0, limit) };
  }
  if (chain !== null) await checkEnd(pool, chain, faults);
  faults.push(...(await missingStreams(pool)), ...(await positionGaps(pool)));
  return { events, streams, faults: faults.slice(0, limit) };
}

interface Chain {
  readonly streamId: string;
  revision: number;
  hash: Buffer;
}

function checkLink(chain: Chain, row: ChainRow, faults: Fault[]): void {
  const revision = Number(row.revision);
  const fault = (problem: string): void =>
    void faults.push({ streamId: row.stream_id, revision, problem });
  if (revision !== chain.revision + 1) fault(`revision ${chain.revision + 1} is missing`);
  const digest = contentDigest(
    { eventId: row.event_id, type: row.type, schemaVersion: row.schema_version },
    row.metadata,
    row.data ?? row.payload!,
  );
  if (!chainHash(chain.hash, revision, digest).equals(row.hash))
    fault('the content does not match the hash chain');
  chain.revision = revision;
  chain.hash = row.hash;
}

async function checkEnd(pool: pg.Pool, chain: Chain, faults: Fault[]): Promise<void> {
  const { rows } = await pool.query<{ revision: string; hash: Buffer }>(
    'SELECT revision, hash FROM odometer.streams WHERE stream_id = $1',
    [chain.streamId],
  );
  const end = rows[0];
  if (end !== undefined && Number(end.revision) === chain.revision && end.hash.equals(chain.hash))
    return;
  faults.push({
    streamId: chain.streamId,
    revision: chain.revision,
    problem: 'the end of the stream is not the one recorded',
  });
}

async function missingStreams(pool: pg.Pool): Promise<Fault[]> {
  const { rows } = await pool.query<{ stream_id: string }>(
    `SELECT stream_id FROM odometer.streams s
      WHERE NOT EXISTS (SELECT 1 FROM odometer.events e WHERE e.stream_id = s.stream_id)`,
  );
  return rows.map((row) => ({
    streamId: row.stream_id,
    revision: 0,
    problem: 'all events of the stream are missing',
  }));
}

async function positionGaps(pool: pg.Pool): Promise<Fault[]> {
  const { rows } = await pool.query<{ events: string; first: string | null; last: string | null }>(
    'SELECT count(*) AS events, min(position) AS first, max(position) AS last FROM odometer.events',
  );
  const { events, first, last } = rows[0]!;
  if (first === null || (first === '1' && events === last)) return [];
  return [
    {
      streamId: '$all',
      revision: Number(last),
      problem: `positions have gaps: ${events} events up to position ${last}`,
    },
  ];
}

async function* rowsOf(pool: pg.Pool): AsyncGenerator<ChainRow> {
  let after: ChainRow | undefined;
  for (;;) {
    const { rows }: { rows: ChainRow[] } = await pool.query<ChainRow>(
      `SELECT position, stream_id, revision, event_id, type, schema_version, metadata::text, data::text, payload, hash
         FROM odometer.events WHERE (stream_id, revision) > ($1, $2) ORDER BY stream_id, revision LIMIT ${ROWS_PER_READ}`,
      [after?.stream_id ?? '', after?.revision ?? -1],
    );
    yield* rows;
    after = rows.at(-1);
    if (rows.length < ROWS_PER_READ) return;
  }
}
