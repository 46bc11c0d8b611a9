import type pg from 'pg';
import { chainHash, contentDigest } from '../event-hash.js';
import type { VerifyResult } from '../event-store.js';
import { positionGaps, rowsOf, strayStreams, type ChainRow, type Fault } from './verify-queries.js';

const FAULTS_DEFAULT = 100;

/**
 * Walks every stream from its first event and recomputes the chain, in bounded memory and in one snapshot, so appends may go on. A
 * changed event breaks its own hash; a removed or inserted one the order of revisions, the hash of its successor or the positions
 * of the log; one cut off the end is missed by the stream's own record of its last hash.
 */
export async function verifyChains(
  pool: pg.Pool,
  { limit = FAULTS_DEFAULT }: { readonly limit?: number } = {},
): Promise<VerifyResult> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const walk = new Walk();
    for await (const row of rowsOf(client)) {
      walk.visit(row);
      if (walk.faults.length >= limit) break;
    }
    const faults = walk.faults;
    if (faults.length < limit) {
      walk.finish();
      faults.push(...(await strayStreams(client, limit)), ...(await positionGaps(client, limit)));
    }
    await client.query('COMMIT');
    return { events: walk.events, streams: walk.streams, faults: faults.slice(0, limit) };
  } finally {
    // Ends the snapshot also when the walk failed.
    client.release(true);
  }
}

class Walk {
  readonly faults: Fault[] = [];
  events = 0;
  streams = 0;
  private last: ChainRow | null = null;

  visit(row: ChainRow): void {
    const isFirst = this.last?.stream_id !== row.stream_id;
    if (isFirst) this.finish();
    if (isFirst) this.streams += 1;
    this.events += 1;
    for (const problem of problemsOf(row, isFirst ? null : this.last)) {
      this.faults.push({ streamId: row.stream_id, revision: Number(row.revision), problem });
    }
    this.last = row;
  }

  /** The last event of a stream must be the one that the stream's own record names. */
  finish(): void {
    const { last } = this;
    if (last === null) return;
    if (last.end_revision === last.revision && last.end_hash?.equals(last.hash) === true) return;
    this.faults.push({
      streamId: last.stream_id,
      revision: Number(last.revision),
      problem: 'the end of the stream is not the recorded one: events were removed or added there',
    });
  }
}

function problemsOf(row: ChainRow, previous: ChainRow | null): string[] {
  const problems: string[] = [];
  const revision = Number(row.revision);
  const due = previous === null ? 0 : Number(previous.revision) + 1;
  if (revision !== due) problems.push(`revision ${due} is missing`);
  if (previous !== null && Number(row.position) <= Number(previous.position)) {
    problems.push('its position is not after that of the event before it');
  }
  const digest = contentDigest({
    streamId: row.stream_id,
    eventId: row.event_id,
    type: row.type,
    schemaVersion: row.schema_version,
    metadata: row.metadata,
    data: row.data ?? row.payload!,
  });
  if (!chainHash(previous?.hash ?? Buffer.alloc(0), revision, digest).equals(row.hash)) {
    problems.push('its content does not match the hash chain');
  }
  const { tenant } = JSON.parse(row.metadata) as { tenant: string };
  if (tenant !== row.tenant) problems.push('its tenant column differs from its metadata');
  return problems;
}
