import { createPostgresEventStore } from '@odometer/event-store/postgres';
import { createProjectionEngine } from '@odometer/projections';
import { USAGE_PROJECTION, usageProjection } from '@odometer/read-models';
import pg from 'pg';
import { serveTask } from './task.js';

export interface Replay {
  readonly url: string;
  readonly shards: number;
}

export interface ReplayResult {
  readonly elapsedMs: number;
}

/** Rebuilds the usage read model from the whole log, beside the one that is there, and swaps it in. */
serveTask<Replay, ReplayResult>(async ({ url, shards }) => {
  const pool = new pg.Pool({ connectionString: url, max: 2 * shards + 4 });
  const store = createPostgresEventStore({ pool, connectionString: url });
  const engine = createProjectionEngine({
    pool,
    store,
    projections: [usageProjection({ shards, log: store })],
    owner: `bench-${process.pid}`,
    now: () => performance.now(),
    onFault: ({ error }) => process.stderr.write(`replay: ${error.stack}\n`),
  });
  await engine.start();
  return async () => {
    const start = performance.now();
    await engine.rebuild(USAGE_PROJECTION);
    const elapsedMs = performance.now() - start;
    await engine.stop();
    await store.close();
    await pool.end();
    return { elapsedMs };
  };
});
