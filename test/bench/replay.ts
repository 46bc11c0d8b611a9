import { createPostgresEventStore } from '@odometer/event-store/postgres';
import { createProjectionEngine } from '@odometer/projections';
import { USAGE_PROJECTION, usageProjection } from '@odometer/read-models';
import pg from 'pg';
import { startProjectorThreads } from '../../apps/server/src/roles/projector/threads.js';
import { serveTask } from './task.js';

export interface Replay {
  readonly url: string;
  readonly shards: number;
}

/** A rebuild's transactions are long where the machine is busy. */
const REPLAY_TIMEOUT_MS = 60_000;

export interface ReplayResult {
  readonly elapsedMs: number;
}

/** Rebuilds the usage read model from the whole log, a thread for each shard, beside the one that is there, and swaps it in. */
serveTask<Replay, ReplayResult>(async ({ url, shards }) => {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  const store = createPostgresEventStore({ pool, connectionString: url });
  const engine = createProjectionEngine({
    pool,
    store,
    projections: [usageProjection({ shards, log: store })],
    working: [],
    owner: `bench-${process.pid}`,
    now: () => performance.now(),
  });
  await engine.start();
  const task = {
    database: { url, timeoutMs: REPLAY_TIMEOUT_MS },
    eventLog: { kind: 'postgres' },
    usageShards: shards,
    logLevel: 'error',
  } as const;
  const threads = startProjectorThreads(shards, task, engine);
  await threads.started;
  return {
    work: async () => {
      const start = performance.now();
      await engine.rebuild(USAGE_PROJECTION);
      return { elapsedMs: performance.now() - start };
    },
    end: async () => {
      await threads.stop();
      await engine.stop();
      await store.close();
      await pool.end();
    },
  };
});
