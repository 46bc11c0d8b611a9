import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { buildServer, type BuiltServer } from './build-server.js';
import { startEventLog, type EventLog, type StoreKind } from './event-log.js';

export const ADMIN_KEY = 'odometer-first-bill-key';
const START_MS = 60_000;

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface CallOptions {
  /** Default: the admin key. */
  readonly key?: string;
  /** Sent as JSON; bytes are sent as they are. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The built server in a process of its own, on a database that outlives its restarts. */
export class RestartableServer {
  private child: ChildProcess | null = null;
  private url = '';

  /** Where it listens since its last start. */
  get address(): string {
    return this.url;
  }

  private constructor(
    readonly built: BuiltServer,
    readonly database: TestDatabase,
    private eventLog: EventLog,
  ) {}

  /** The log is where EVENT_STORE says unless the test does. */
  static async create(store?: StoreKind): Promise<RestartableServer> {
    const [built, database] = await Promise.all([buildServer(), createTestDatabase()]);
    const server = new RestartableServer(built, database, await startEventLog(built, store));
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    let output = '';
    const child = spawn(process.execPath, [this.built.main], {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        ...this.eventLog.environment,
        DATABASE_URL: this.database.url,
        PORT: '0',
        HOST: '127.0.0.1',
        ODOMETER_ADMIN_KEY: ADMIN_KEY,
        ODOMETER_DATABASE_POOL: '8',
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    for (const end = Date.now() + START_MS; Date.now() < end; await sleep(25)) {
      const port = /listens on http:\/\/localhost:(\d+)/.exec(output)?.[1];
      if (port !== undefined) {
        this.url = `http://127.0.0.1:${port}`;
        return;
      }
      if (child.exitCode !== null) break;
    }
    throw new Error(`the server did not start: ${output}`);
  }

  /** From its next start on it keeps its log elsewhere. */
  moveTo(eventLog: EventLog): void {
    this.eventLog = eventLog;
  }

  /** Asks it to end; answers its exit code. */
  async stop(): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    return child.exitCode;
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.database.drop();
    await this.eventLog.stop();
    await this.built.remove();
  }

  /** `call('GET /v1/meters')`. */
  async call<Body>(request: string, options: CallOptions = {}): Promise<Answer<Body>> {
    const [method = 'GET', path = '/'] = request.split(' ');
    const { key = ADMIN_KEY, body, headers } = options;
    const content = body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body);
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Body,
    };
  }
}
