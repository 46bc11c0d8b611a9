import type { Logger } from 'pino';
import { Aggregates } from '../commands/aggregates.js';
import type { Config } from '../config/config.js';
import { createHttpServer } from '../http/http-server.js';
import { IdempotencyKeys } from '../http/idempotency/idempotency-keys.js';
import { startBillerLoop } from './biller-loop.js';
import { ensureFirstKey } from './first-key.js';
import { startIdempotencySweep } from './idempotency-sweep.js';
import { keyHolder } from './owner.js';
import { startPlatform, type Platform } from './platform.js';

export interface Server {
  readonly platform: Platform;
  /** Where it listens, for clients on this machine. */
  readonly url: string;
  /** What people see at the start. A new key stands in it and nowhere else. */
  readonly greeting: string;
  /** Takes nothing more in, finishes what was begun, and stops everything. */
  stop(): Promise<void>;
}

/** How long the first key may take to be usable. */
const FIRST_KEY_WAIT_MS = 10_000;

/** Starts every role of the configuration. When a step fails, what was started is stopped. */
export async function startServer(config: Config, log: Logger): Promise<Server> {
  const platform = await startPlatform(config, log);
  try {
    return await serve(platform);
  } catch (error) {
    await platform.shutdown.run();
    throw error;
  }
}

async function serve(platform: Platform): Promise<Server> {
  const { config, log, now, store, engine, shutdown } = platform;
  const first = await ensureFirstKey(new Aggregates(store, now), config.adminKey);
  await platform.kafka?.startStoring();
  startBilling(platform);
  startSweep(platform);
  const keyIsKnown = engine.waitFor('all', first.position, FIRST_KEY_WAIT_MS);
  const [app] = await Promise.all([createHttpServer(platform), keyIsKnown]);
  shutdown.add('HTTP', () => app.close());
  const port = await listen(config, () => app.listen(config.port, config.host));
  const url = `http://localhost:${port ?? config.port}`;
  log.info({ url, roles: [...config.roles] }, 'Odometer is up');
  return { platform, url, greeting: greeting(url, first.made), stop: () => shutdown.run() };
}

function startBilling({ config, log, now, billing, shutdown }: Platform): void {
  if (!config.roles.has('biller')) return;
  const loop = startBillerLoop({ billing, log, now, intervalMs: config.billingIntervalMs });
  shutdown.add('biller', () => loop.stop());
}

function startSweep({ config, log, pool, shutdown }: Platform): void {
  if (!config.roles.has('api')) return;
  const sweep = startIdempotencySweep(new IdempotencyKeys(pool, keyHolder), log);
  shutdown.add('sweep of idempotency keys', () => Promise.resolve(sweep.stop()));
}

async function listen(
  config: Config,
  start: () => Promise<{ address(): unknown }>,
): Promise<number | undefined> {
  try {
    const address = (await start()).address();
    return (address as { port?: number } | null)?.port;
  } catch (error) {
    throw clearer(error, config);
  }
}

/** The reasons why a port cannot be had, in words that say what to do. */
function clearer(error: unknown, { host, port }: Config): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new CannotListen(`port ${port} is in use; stop what uses it, or set PORT`);
  }
  if (code === 'EACCES') return new CannotListen(`port ${port} may not be used; set PORT`);
  if (code === 'EADDRNOTAVAIL') return new CannotListen(`${host} is no address of this machine`);
  return error;
}

export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

function greeting(url: string, key: string | null): string {
  const lines = ['', `Odometer listens on ${url}`, `API documentation: ${url}/docs`];
  if (key !== null) lines.push(`Admin key, shown this once: ${key}`);
  return `${lines.join('\n')}\n\n`;
}
