import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { BASELINE_COLUMNS, makeStream, rowOf, type StreamOptions } from './records.js';
import { serveTask } from './task.js';

export interface CopyLoad {
  readonly url: string;
  readonly stream: StreamOptions;
}

export interface CopyResult {
  /** Of the best number of connections. */
  readonly elapsedMs: number;
  readonly connections: number;
}

const CONNECTIONS = [1, 2, 4];
const CHUNK_ROWS = 1_000;
const TABLE = 'bench_copy';

/** The baseline: prepared text rows into a table without an index. */
serveTask<CopyLoad, CopyResult>(async ({ url, stream }) => {
  const chunks = chunksOf(makeStream(stream).lines.map((line) => `${rowOf(line).join('\t')}\n`));
  const clients = CONNECTIONS.map(() => new pg.Client({ connectionString: url }));
  while (clients.length < Math.max(...CONNECTIONS)) {
    clients.push(new pg.Client({ connectionString: url }));
  }
  await Promise.all(clients.map((client) => client.connect()));
  return async () => {
    const results: CopyResult[] = [];
    for (const connections of CONNECTIONS) {
      const elapsedMs = await copyOver(clients.slice(0, connections), chunks);
      results.push({ elapsedMs, connections });
    }
    await Promise.all(clients.map((client) => client.end()));
    return results.reduce((best, one) => (one.elapsedMs < best.elapsedMs ? one : best));
  };
});

function chunksOf(rows: readonly string[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < rows.length; at += CHUNK_ROWS) {
    chunks.push(Buffer.from(rows.slice(at, at + CHUNK_ROWS).join('')));
  }
  return chunks;
}

async function copyOver(clients: readonly pg.Client[], chunks: readonly Buffer[]): Promise<number> {
  const first = clients[0]!;
  await first.query(`DROP TABLE IF EXISTS ${TABLE}; CREATE TABLE ${TABLE} (${BASELINE_COLUMNS})`);
  const start = performance.now();
  await Promise.all(
    clients.map((client, at) => {
      const own = chunks.filter((_, index) => index % clients.length === at);
      return pipeline(Readable.from(own), client.query(copyFrom(`COPY ${TABLE} FROM STDIN`)));
    }),
  );
  const elapsedMs = performance.now() - start;
  await first.query(`DROP TABLE ${TABLE}`);
  return elapsedMs;
}
