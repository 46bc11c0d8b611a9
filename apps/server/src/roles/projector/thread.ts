import { parentPort, workerData } from 'node:worker_threads';
import { createProjectionEngine } from '@odometer/projections';
import { USAGE_PROJECTION, usageProjection } from '@odometer/read-models';
import pg from 'pg';
import { pino } from 'pino';
import { connectionOptions } from '../connection-options.js';
import { openEventLog } from '../event-log.js';
import { ownerName } from '../owner.js';
import { Shutdown } from '../shutdown.js';
import { engineLog } from './engine-log.js';
import {
  ENGINE_CONNECTIONS_EXTRA,
  type FromThread,
  type ThreadTask,
  type ToThread,
} from './messages.js';
import { yieldToRequests } from './priority.js';

/** How often the process is told what is held when nothing moves: a shard that was given up does not move any more. */
const TELL_MS = 250;

/**
 * A thread that folds usage, so that HTTP is answered meanwhile. It is to the lease table what a process with the role `projector` is, and has
 * connections of its own; the process hears from it how far its shards are.
 */
async function work({ database, eventLog, usageShards, logLevel }: ThreadTask): Promise<void> {
  const log = pino({ level: logLevel, base: null });
  yieldToRequests(log);
  const shutdown = new Shutdown(log);
  const pool = new pg.Pool({
    ...connectionOptions(database),
    // What a transaction writes is sent on while the thread computes what comes next.
    pipeline: true,
    max: usageShards + ENGINE_CONNECTIONS_EXTRA,
  });
  pool.on('error', ({ message }) => log.warn({ reason: message }, 'a database connection broke'));
  shutdown.add('connections', () => pool.end());
  const store = await openEventLog(eventLog, { pool, database, shutdown });
  let told = true;
  const tell = (): void => {
    told = true;
    say({ kind: 'held', held: engine.held() });
  };
  const engine = createProjectionEngine({
    pool,
    store,
    projections: [usageProjection({ shards: usageShards, log: store })],
    working: [USAGE_PROJECTION],
    owner: ownerName(),
    now: Date.now,
    // Shards that move in one turn of the event loop are told of together.
    onMoved: () => {
      if (told) setImmediate(tell);
      told = false;
    },
    ...engineLog(log),
  });
  shutdown.add('projections', () => engine.stop());
  engine.onNews(() => say({ kind: 'news' }));
  await engine.start();
  const telling = setInterval(tell, TELL_MS);
  shutdown.add('telling', () => Promise.resolve(clearInterval(telling)));
  // What was said before, while this was starting, is heard now.
  parentPort?.on('message', (message: ToThread) => {
    if (message === 'look') engine.look();
    else void shutdown.run().then(() => parentPort?.close());
  });
  say({ kind: 'started' });
}

const say = (message: FromThread): void => parentPort?.postMessage(message);

await work(workerData as ThreadTask);
