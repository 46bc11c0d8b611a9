import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { BuiltServer } from './build-server.js';
import { startEventLog, type EventLog } from './event-log.js';

export const API_KEY = 'odometer-crash-test-key';
const START_MS = 60_000;
const STOP_MS = 20_000;

/** A server with an embedded PostgreSQL on a directory of its own, to be killed and started again. */
export class MortalServer {
  private child: ChildProcess | null = null;
  private output = '';
  /** Where the running server listens. */
  url = '';

  private constructor(
    private readonly main: string,
    private readonly directory: string,
    private readonly eventLog: EventLog,
  ) {}

  /** The log is where EVENT_STORE says; a double of another server than PostgreSQL outlives the crashes. */
  static async create(built: BuiltServer): Promise<MortalServer> {
    const directory = await mkdtemp(path.join(tmpdir(), 'odometer-crash-'));
    return new MortalServer(built.main, directory, await startEventLog(built));
  }

  /** Resolves when it is ready to serve. */
  async start(): Promise<void> {
    this.output = '';
    const child = spawn(process.execPath, [this.main], {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        ...this.eventLog.environment,
        DATABASE_URL: '',
        PORT: '0',
        HOST: '127.0.0.1',
        ODOMETER_DATA_DIR: this.directory,
        ODOMETER_ADMIN_KEY: API_KEY,
        ODOMETER_MIN_POSITION_WAIT_MS: '60000',
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const listen = (chunk: Buffer): void => void (this.output += chunk.toString());
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    await this.waitUntil(() => {
      const address = /listens on http:\/\/localhost:(\d+)/.exec(this.output);
      this.url = address === null ? '' : `http://127.0.0.1:${address[1]}`;
      return address !== null;
    });
    await this.waitUntil(async () => (await fetch(`${this.url}/health/ready`)).ok);
  }

  /** SIGKILL to the server; its PostgreSQL goes on without it. */
  async killServer(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** SIGKILL to the server and to every process of its PostgreSQL, all at one moment as far as that can be had. */
  async killServerAndDatabase(): Promise<void> {
    const processes = await this.databaseProcesses();
    const dead = this.killServer();
    for (const pid of processes) killProcess(pid);
    await dead;
  }

  /** In order, and nothing is left of it. */
  async remove(): Promise<void> {
    const { child } = this;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(STOP_MS, null, { ref: false })]);
    }
    await this.killServerAndDatabase();
    await this.eventLog.stop();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  private async databaseProcesses(): Promise<number[]> {
    const file = path.join(this.directory, 'postgres/data/postmaster.pid');
    const text = await readFile(file, 'utf8').catch(() => '');
    const postmaster = Number(text.split('\n')[0]);
    if (!postmaster) return [];
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
    const children = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .filter(([, parent]) => parent === postmaster);
    return [postmaster, ...children.map(([pid]) => pid!)];
  }

  private async waitUntil(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + START_MS; Date.now() < end; await sleep(25)) {
      if (this.child?.exitCode !== null) break;
      if (await holds()) return;
    }
    throw new Error(`the server did not start: ${this.output}`);
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // One that has ended by itself is as dead as it can be.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
