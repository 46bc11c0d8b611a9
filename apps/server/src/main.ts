import 'reflect-metadata';
import { DatabaseUnreachable } from '@odometer/event-store/postgres';
import { KafkaUnavailable } from '@odometer/ingest';
import { pino } from 'pino';
import { readConfig } from './config/config.js';
import { InvalidConfig } from './config/invalid-config.js';
import { LogFixed, LogUnreachable } from './roles/event-log.js';
import { CannotListen, startServer } from './roles/server.js';
import { PostgresNotStarted } from './embedded-postgres/not-started.js';
import { ShardsFixed } from './roles/usage-shards.js';

/** Refusals whose message says all that there is to say. */
const CLEAR = [
  InvalidConfig,
  CannotListen,
  PostgresNotStarted,
  DatabaseUnreachable,
  ShardsFixed,
  KafkaUnavailable,
  LogFixed,
  LogUnreachable,
];

/** Starts the process as the environment says, and ends it in order on SIGTERM and SIGINT, also while it starts. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ level: config.logLevel, base: null });
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const server = await startServer(config, log);
  process.stdout.write(server.greeting);
  log.info({ signal: await signalled }, 'shutting down');
  await server.stop();
  process.exit(0);
}

main().catch((error: unknown) => {
  const isClear = CLEAR.some((kind) => error instanceof kind);
  const text =
    error instanceof Error && !isClear ? (error.stack ?? error.message) : messageOf(error);
  process.stderr.write(`Odometer did not start: ${text}\n`);
  process.exit(1);
});

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
