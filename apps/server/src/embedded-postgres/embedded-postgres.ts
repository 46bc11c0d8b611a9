import { access, constants, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { exists } from './binaries.js';
import { launch, logTail, openCluster, type Cluster } from './cluster.js';
import {
  DATABASE,
  missingCredentials,
  readCredentials,
  urlOf,
  writeCredentials,
  type Credentials,
} from './credentials.js';
import { lockDirectory } from './directory-lock.js';
import {
  dropForeignPid,
  isAlive,
  probe,
  readPostmaster,
  stopPostmaster,
} from './running-postgres.js';
import { PostgresNotStarted } from './not-started.js';
import { freePort, isFree } from './ports.js';

export interface EmbeddedPostgres {
  readonly url: string;
  /** True when a server that outlived a killed Odometer was found and is used on. */
  readonly adopted: boolean;
  /** Stops PostgreSQL and gives the data directory free. */
  stop(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

/** Group commit and rebuilds write in long runs: large WAL, rare checkpoints. Accepted means durable: synchronous_commit stays on. */
const SETTINGS: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  // Segments and hashes are as short as they get: pglz, which is all that the packaged build has, would only take time.
  wal_compression: 'off',
  checkpoint_timeout: '15min',
  synchronous_commit: 'on',
  logging_collector: 'off',
};

export const START_TIMEOUT_MS = 60_000;
/** Below the ten seconds that supervisors give a process; what is not written then is recovered from the WAL. */
export const STOP_TIMEOUT_MS = 6_000;
const POLL_MS = 50;
const START_ATTEMPTS = 5;

/**
 * Starts PostgreSQL on a data directory, made when missing, for this process alone. Finds its way back after any kill: a server
 * that still runs is used on, one that cannot be used is stopped, and what a dead one left is cleared away. `more` goes over
 * the settings of PostgreSQL that are made here.
 */
export async function startEmbeddedPostgres(
  dataDirectory: string,
  more: Settings = {},
): Promise<EmbeddedPostgres> {
  await mkdir(dataDirectory, { recursive: true });
  const directory = await realpath(dataDirectory);
  await checkAccess(directory);
  const lock = await lockDirectory(directory);
  try {
    const cluster = await openCluster(directory);
    const adopted = await adopt(cluster);
    const url = adopted ?? (await start(cluster, { ...SETTINGS, ...more }));
    await createDatabase(url);
    const stop = async (): Promise<void> => {
      await stopCluster(cluster);
      await lock.release();
    };
    return { url: withDatabase(url), adopted: adopted !== null, stop };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function checkAccess(directory: string): Promise<void> {
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new PostgresNotStarted(
      `the data directory ${directory} belongs to another user; start Odometer as that user, or set ODOMETER_DATA_DIR`,
      { cause },
    );
  }
}

const withDatabase = (url: string): string => url.replace(/\/postgres$/, `/${DATABASE}`);

/** The address of a server that outlived its Odometer, or null when there is none (any more). */
async function adopt(cluster: Cluster): Promise<string | null> {
  const running = await readPostmaster(cluster.data);
  if (!running) return null;
  await dropForeignPid(cluster.data);
  if (!(await isAlive(running.pid)) || !(await exists(pidFile(cluster)))) return null;
  const credentials = await readCredentials(cluster.directory);
  if (credentials) {
    const url = urlOf({ ...credentials, port: running.port }, 'postgres');
    if (await answersInTime(url, cluster, () => isAlive(running.pid))) return url;
  }
  if (await stopPostmaster(running.pid, STOP_TIMEOUT_MS)) return null;
  throw new PostgresNotStarted(
    `PostgreSQL (process ${running.pid}) runs on ${cluster.data}, does not accept our password and does not stop; stop it by hand`,
  );
}

const pidFile = (cluster: Cluster): string => path.join(cluster.data, 'postmaster.pid');

/** A port may be taken between our look and PostgreSQL's, and a killed predecessor's workers may need a moment to die. */
async function start(cluster: Cluster, settings: Settings): Promise<string> {
  let failure = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const url = await startOnce(cluster, settings);
    if (url) return url;
    failure = await logTail(cluster);
    await sleep(200 * (attempt + 1));
  }
  throw new PostgresNotStarted(
    `PostgreSQL does not start on ${cluster.data}: ${failure} (see ${cluster.log})`,
  );
}

async function startOnce(cluster: Cluster, settings: Settings): Promise<string | null> {
  const credentials = await readCredentials(cluster.directory);
  if (!credentials) throw missingCredentials(cluster.directory);
  const port = (await isFree(credentials.port)) ? credentials.port : await freePort();
  const current: Credentials = { ...credentials, port };
  await writeCredentials(cluster.directory, current);
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = await launch(cluster, cluster.binaries.postgres, [
    '-D',
    cluster.data,
    '-p',
    String(port),
    ...flags,
  ]);
  const url = urlOf(current, 'postgres');
  const runs = (): Promise<boolean> =>
    Promise.resolve(child.exitCode === null && child.signalCode === null);
  if (await answersInTime(url, cluster, runs)) return url;
  if (await runs()) child.kill('SIGINT');
  return null;
}

async function answersInTime(
  url: string,
  cluster: Cluster,
  runs: () => Promise<boolean>,
): Promise<boolean> {
  for (let waited = 0; waited < START_TIMEOUT_MS; waited += POLL_MS) {
    if ((await probe(url, cluster.data)) === 'yes') return true;
    if (!(await runs())) return false;
    await sleep(POLL_MS);
  }
  return false;
}

async function stopCluster(cluster: Cluster): Promise<void> {
  const running = await readPostmaster(cluster.data);
  if (!running) return;
  if (await stopPostmaster(running.pid, STOP_TIMEOUT_MS)) return;
  // Immediate shutdown: the next start recovers from the WAL.
  process.kill(running.pid, 'SIGQUIT');
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (known.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
