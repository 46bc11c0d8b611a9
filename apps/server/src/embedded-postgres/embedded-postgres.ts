import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { exists, findBinaries, type PostgresBinaries } from './binaries.js';
import {
  DATABASE,
  missingCredentials,
  newPassword,
  readCredentials,
  SUPERUSER,
  urlOf,
  writeCredentials,
  type Credentials,
} from './credentials.js';
import { lockDirectory } from './directory-lock.js';
import { launchAs, ownerFor, type ProcessOwner } from './process-owner.js';
import {
  dropForeignPid,
  isAlive,
  probe,
  readPostmaster,
  stopPostmaster,
} from './running-postgres.js';

export interface EmbeddedPostgres {
  readonly url: string;
  /** True when a server that outlived a killed Odometer was found and is used on. */
  readonly adopted: boolean;
  /** Stops PostgreSQL and gives the data directory free. */
  stop(): Promise<void>;
}

/** Group commit and rebuilds write in long runs: large WAL, rare checkpoints. Accepted means durable: synchronous_commit stays on. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  // The packaged build has neither lz4 nor zstd.
  wal_compression: 'pglz',
  checkpoint_timeout: '15min',
  synchronous_commit: 'on',
  logging_collector: 'off',
};

export const START_TIMEOUT_MS = 60_000;
/** Below the ten seconds that supervisors give a process; what is not written then is recovered from the WAL. */
export const STOP_TIMEOUT_MS = 6_000;
const POLL_MS = 50;
const START_ATTEMPTS = 5;
const LOG_TAIL_CHARS = 600;

/** One data directory: `<directory>/postgres/data`, owned by the user that PostgreSQL runs as. */
interface Cluster {
  readonly directory: string;
  readonly home: string;
  readonly data: string;
  readonly log: string;
  readonly binaries: PostgresBinaries;
  readonly owner: ProcessOwner | null;
}

/**
 * Starts PostgreSQL on a data directory, made when missing, for this process alone. Finds its way back after any kill: a server
 * that still runs is used on, one that cannot be used is stopped, and what a dead one left is cleared away.
 */
export async function startEmbeddedPostgres(dataDirectory: string): Promise<EmbeddedPostgres> {
  await mkdir(dataDirectory, { recursive: true });
  const directory = await realpath(dataDirectory);
  const lock = await lockDirectory(directory);
  try {
    const cluster = await openCluster(directory);
    const adopted = await adopt(cluster);
    const url = adopted ?? (await start(cluster));
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

const withDatabase = (url: string): string => url.replace(/\/postgres$/, `/${DATABASE}`);

async function openCluster(directory: string): Promise<Cluster> {
  const home = path.join(directory, 'postgres');
  const data = path.join(home, 'data');
  const owner = await ownerFor(data);
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (owner) await chown(home, owner.uid, owner.gid);
  const binaries = await findBinaries();
  const cluster = { directory, home, data, log: path.join(home, 'postgres.log'), binaries, owner };
  if (!(await exists(data))) await initialise(cluster);
  return cluster;
}

/** Makes the cluster beside its place and moves it there whole, so that a kill in between leaves nothing half made. */
async function initialise(cluster: Cluster): Promise<void> {
  const { directory, home, data, owner } = cluster;
  const draft = path.join(home, 'data.new');
  const passwordFile = path.join(home, 'password.new');
  await rm(draft, { recursive: true, force: true });
  const credentials = { port: await freePort(), password: newPassword() };
  await writeFile(passwordFile, credentials.password, { mode: 0o600 });
  if (owner) await chown(passwordFile, owner.uid, owner.gid);
  try {
    const child = await launch(cluster, cluster.binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Sorts and compares by code point, alike on every machine and with every version of its libraries.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--data-checksums',
    ]);
    const code = await exitOf(child);
    if (code !== 0) throw new Error(`initdb failed (${code}): ${await logTail(cluster)}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await writeCredentials(directory, credentials);
  await rename(draft, data);
}

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
  throw new Error(
    `PostgreSQL (process ${running.pid}) runs on ${cluster.data}, does not accept our password and does not stop; stop it by hand`,
  );
}

const pidFile = (cluster: Cluster): string => path.join(cluster.data, 'postmaster.pid');

/** A port may be taken between our look and PostgreSQL's, and a killed predecessor's workers may need a moment to die. */
async function start(cluster: Cluster): Promise<string> {
  let failure = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    const url = await startOnce(cluster);
    if (url) return url;
    failure = await logTail(cluster);
    await sleep(200 * (attempt + 1));
  }
  throw new Error(`PostgreSQL does not start on ${cluster.data}: ${failure} (see ${cluster.log})`);
}

async function startOnce(cluster: Cluster): Promise<string | null> {
  const credentials = await readCredentials(cluster.directory);
  if (!credentials) throw missingCredentials(cluster.directory);
  const port = (await isFree(credentials.port)) ? credentials.port : await freePort();
  const current: Credentials = { ...credentials, port };
  await writeCredentials(cluster.directory, current);
  const flags = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
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

async function launch(
  cluster: Cluster,
  program: string,
  args: readonly string[],
): Promise<ChildProcess> {
  const { file, args: first, owner } = await launchAs(cluster.owner, program, cluster.home);
  const log = await open(cluster.log, 'a', 0o600);
  try {
    const child = spawn(file, [...first, ...args], {
      ...owner,
      cwd: cluster.home,
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', log.fd, log.fd],
      // In a session of its own: Ctrl-C must reach Odometer first, which stops it when its own work is done.
      detached: true,
    });
    child.on('error', () => undefined);
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  child.ref();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

async function logTail(cluster: Cluster): Promise<string> {
  return (await readFile(cluster.log, 'utf8')).slice(-LOG_TAIL_CHARS).trim();
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
