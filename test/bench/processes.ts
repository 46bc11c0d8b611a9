import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const API_KEY = 'odometer-bench-key';
/** As `npm start` has them; see docs/decisions/heap-growth.md. */
const NODE_OPTIONS = ['--heap-growing-percent=100', '--enable-source-maps'];
const START_MS = 60_000;
const POLL_MS = 50;
const STOP_MS = 15_000;

export interface HttpProcess {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface OdometerOptions {
  readonly databaseUrl: string;
  readonly roles: string;
  /** Of the environment, beside what every server here is told. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Starts the built server as its users do, and waits until it is ready. Everything but what is given is as by default. */
export async function startOdometer(options: OdometerOptions): Promise<HttpProcess> {
  const { databaseUrl, roles, variables } = options;
  const port = await freePort();
  const child = start('../../apps/server/src/main.js', {
    PORT: String(port),
    HOST: '127.0.0.1',
    DATABASE_URL: databaseUrl,
    ODOMETER_ROLES: roles,
    ODOMETER_ADMIN_KEY: API_KEY,
    // One key sends everything here, and a reader waits as long as it takes.
    ODOMETER_RATE_LIMIT: '1000000',
    ODOMETER_RATE_LIMIT_BURST: '10000000',
    ODOMETER_MIN_POSITION_WAIT_MS: '60000',
    LOG_LEVEL: 'warn',
    ...variables,
  });
  child.stdout?.resume();
  for (let waited = 0; waited < START_MS; waited += POLL_MS) {
    if (child.exitCode !== null) throw new Error(`the server ended (${child.exitCode})`);
    if (await isReady(port)) return { port, pid: child.pid!, stop: () => stop(child) };
    await sleep(POLL_MS);
  }
  await stop(child);
  throw new Error('the server did not become ready');
}

/** Starts the server that answers an empty POST. */
export async function startEmptyServer(): Promise<HttpProcess> {
  const child = start('./empty-server.js', {});
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { port: Number(line.toString()), pid: child.pid!, stop: () => stop(child) };
}

function start(module: string, variables: Readonly<Record<string, string>>): ChildProcess {
  const file = fileURLToPath(new URL(module, import.meta.url));
  return spawn(process.execPath, [...NODE_OPTIONS, file], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  } catch {
    // Nobody listens yet.
    return false;
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
