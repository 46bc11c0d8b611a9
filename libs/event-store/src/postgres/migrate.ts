import { DataSource, type Logger, type MigrationInterface } from 'typeorm';
import { ANSWER_TIMEOUT_MS } from '../limits.js';
import { DatabaseWatch } from './database-watch.js';

export type Migration = new () => MigrationInterface;

/** Lock that lets one process migrate at a time. */
const MIGRATION_LOCK = 724_002;

const ignore = (): void => undefined;

/** TypeORM prints failed migrations to the console even with logging off. The caller gets them as errors. */
const silent: Logger = {
  logQuery: ignore,
  logQueryError: ignore,
  logQuerySlow: ignore,
  logSchemaBuild: ignore,
  logMigration: ignore,
  log: ignore,
};

export interface MigrateOptions {
  /** How long the database may be silent, in milliseconds, before it counts as unreachable. A migration itself may take longer. */
  readonly silenceMs?: number;
}

/**
 * Brings the fixed tables up to date, in schema `odometer`. Safe when several processes start at once: the others wait, and find
 * nothing left to do. Throws DatabaseUnreachable when the database cannot be reached, or no longer answers: what hung then is left behind, for
 * the process to end with it. Else throws what the database throws; what was not finished is rolled back.
 */
export async function migrate(
  connectionString: string,
  migrations: readonly Migration[],
  { silenceMs = ANSWER_TIMEOUT_MS }: MigrateOptions = {},
): Promise<void> {
  const watch = new DatabaseWatch(connectionString, silenceMs);
  try {
    await watch.ask();
    const source = new DataSource({
      type: 'postgres',
      url: connectionString,
      schema: 'odometer',
      migrations: [...migrations],
      migrationsTableName: 'migrations',
      synchronize: false,
      logging: false,
      logger: silent,
      extra: { connectionTimeoutMillis: silenceMs },
    });
    await Promise.race([run(source), watch.untilLost()]);
  } finally {
    await watch.close();
  }
}

async function run(source: DataSource): Promise<void> {
  await source.initialize();
  const lock = source.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await lock.query('CREATE SCHEMA IF NOT EXISTS odometer');
    await source.runMigrations({ transaction: 'each' });
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } finally {
    await lock.release();
    await source.destroy();
  }
}
