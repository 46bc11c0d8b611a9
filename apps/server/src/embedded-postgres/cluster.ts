import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exists, findBinaries, type PostgresBinaries } from './binaries.js';
import { newPassword, SUPERUSER, writeCredentials } from './credentials.js';
import { PostgresNotStarted } from './not-started.js';
import { freePort } from './ports.js';
import { launchAs, ownerFor, type ProcessOwner } from './process-owner.js';

const LOG_TAIL_CHARS = 600;
/** A log that has grown beyond this is put aside at the next start, over the one put aside before. */
const LOG_BYTES_MAX = 10 * 1024 * 1024;

/** One data directory: `<directory>/postgres/data`, owned by the user that PostgreSQL runs as. */
export interface Cluster {
  readonly directory: string;
  readonly home: string;
  readonly data: string;
  readonly log: string;
  readonly binaries: PostgresBinaries;
  readonly owner: ProcessOwner | null;
}

/** Opens the cluster of a data directory, and makes it when there is none. */
export async function openCluster(directory: string): Promise<Cluster> {
  const home = path.join(directory, 'postgres');
  const data = path.join(home, 'data');
  const owner = await ownerFor(data);
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (owner) await chown(home, owner.uid, owner.gid);
  await putLogAside(path.join(home, 'postgres.log'));
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
    if (code !== 0)
      throw new PostgresNotStarted(`initdb failed (${code}): ${await logTail(cluster)}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await writeCredentials(directory, credentials);
  await rename(draft, data);
}

/** Starts one of PostgreSQL's programs; what it says goes to the log. */
export async function launch(
  cluster: Cluster,
  program: string,
  args: readonly string[],
): Promise<ChildProcess> {
  const { file, args: first, owner } = await launchAs(cluster.owner, program, cluster.home);
  const log = await open(cluster.log, 'a', 0o600);
  try {
    if (cluster.owner) await log.chown(cluster.owner.uid, cluster.owner.gid);
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

/** The end of the log, for messages. */
export async function logTail(cluster: Cluster): Promise<string> {
  return (await readFile(cluster.log, 'utf8')).slice(-LOG_TAIL_CHARS).trim();
}

async function putLogAside(log: string): Promise<void> {
  if (!(await exists(log)) || (await stat(log)).size < LOG_BYTES_MAX) return;
  await rename(log, `${log}.1`);
}
