import 'reflect-metadata';
import { pino } from 'pino';
import { InvalidConfig, readConfig } from './config/config.js';
import { startServer } from './roles/server.js';

/** Starts the process as the environment says, and ends it in order on SIGTERM and SIGINT. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ level: config.logLevel, base: null });
  const server = await startServer(config, log);
  const end = (signal: string): void => {
    log.info({ signal }, 'shutting down');
    void server.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', () => end('SIGTERM'));
  process.once('SIGINT', () => end('SIGINT'));
  process.stdout.write(server.greeting);
}

main().catch((error: unknown) => {
  const known =
    error instanceof InvalidConfig || (error instanceof Error && error.name !== 'Error');
  const text = error instanceof Error ? (known ? error.message : error.stack) : String(error);
  process.stderr.write(`Odometer did not start: ${text}\n`);
  process.exit(1);
});
