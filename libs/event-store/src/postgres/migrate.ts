import { DataSource, type Logger, type MigrationInterface } from 'typeorm';

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

/**
 * Brings the fixed tables up to date, in schema `odometer`. Safe when several processes start at once: the others wait, and find
 * nothing left to do. Throws what the database throws; what was not finished is rolled back.
 */
export async function migrate(
  connectionString: string,
  migrations: readonly Migration[],
): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url: connectionString,
    schema: 'odometer',
    migrations: [...migrations],
    migrationsTableName: 'migrations',
    synchronize: false,
    logging: false,
    logger: silent,
  });
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
