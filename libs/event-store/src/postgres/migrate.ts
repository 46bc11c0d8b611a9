import { DataSource, type MigrationInterface } from 'typeorm';
import { LOG_LOCK } from './schema.js';

export type Migration = new () => MigrationInterface;

/** Lock that lets one process migrate at a time. */
const MIGRATION_LOCK = LOG_LOCK + 1;

/** Brings the fixed tables up to date. Safe when several processes start at once: the others wait, and find nothing left to do. */
export async function migrate(
  connectionString: string,
  migrations: readonly Migration[],
): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url: connectionString,
    migrations: [...migrations],
    migrationsTableName: 'odometer_migrations',
    synchronize: false,
    logging: false,
  });
  await source.initialize();
  const lock = source.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await source.runMigrations({ transaction: 'each' });
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } finally {
    await lock.release();
    await source.destroy();
  }
}
