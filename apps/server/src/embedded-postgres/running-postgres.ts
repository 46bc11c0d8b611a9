import { readdir, readFile, readlink, realpath, unlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { exists } from './binaries.js';

/** What postmaster.pid tells of a server that runs, or was killed, on a data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

const POLL_MS = 50;

export async function readPostmaster(dataDirectory: string): Promise<Postmaster | null> {
  const file = path.join(dataDirectory, 'postmaster.pid');
  if (!(await exists(file))) return null;
  const lines = (await readFile(file, 'utf8')).split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]) };
}

/** A killed process that nobody has waited for (an orphan in a container without init) is not alive. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return !/^State:\s+Z/m.test(status);
}

/**
 * Whether the server at this address is the one of our data directory. `starting` while it recovers; `no` also when nobody
 * answers or the password is not ours.
 */
export async function probe(
  url: string,
  dataDirectory: string,
): Promise<'yes' | 'starting' | 'no'> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    return rows[0]?.data_directory === (await realpath(dataDirectory)) ? 'yes' : 'no';
  } catch (error) {
    const code = (error as { code?: string }).code;
    // cannot_connect_now: starting up, shutting down, or in recovery.
    return code === '57P03' ? 'starting' : 'no';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Fast shutdown: open transactions are rolled back, the log is flushed. Answers whether it ended in time. */
export async function stopPostmaster(pid: number, timeoutMs: number): Promise<boolean> {
  if (await isAlive(pid)) process.kill(pid, 'SIGINT');
  for (let waited = 0; waited < timeoutMs; waited += POLL_MS) {
    if (!(await isAlive(pid))) return true;
    await sleep(POLL_MS);
  }
  return false;
}

/**
 * Removes the pid file that a killed server left when its pid has since gone to a process that is not PostgreSQL; PostgreSQL
 * itself would take that process for a running server and refuse to start. Only where /proc can show that nothing works in
 * the data directory any more.
 */
export async function dropForeignPid(dataDirectory: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const directory = await realpath(dataDirectory);
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const cwd = await readlink(`/proc/${entry}/cwd`).catch(() => null);
    if (cwd === directory) return;
  }
  await unlink(path.join(dataDirectory, 'postmaster.pid'));
}
