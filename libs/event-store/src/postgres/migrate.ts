import { setTimeout as sleep } from 'node:timers/promises';
import {
  DataSource,
  MigrationExecutor,
  type Logger,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import { ANSWER_TIMEOUT_MS } from '../limits.js';
import { DatabaseWatch } from './database-watch.js';

export type Migration = new () => MigrationInterface;

/** Lock that lets one process migrate at a time. */
const MIGRATION_LOCK = 724_002;

/** How often a process that waits asks for the lock. */
const LOCK_POLL_MS = 100;

/** Limits of silence after which the server ends a session that asks nothing: who lives has asked by then, or has given up by itself. */
const IDLE_LIMITS = 3;

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
 * the process to end with it, and the server ends its session, its transaction and its lock. Else throws what the database throws; what was not
 * finished is rolled back.
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
    await Promise.race([run(source, silenceMs), watch.untilLost()]);
  } finally {
    await watch.close();
  }
}

async function run(source: DataSource, silenceMs: number): Promise<void> {
  await source.initialize();
  // Lock and migrations share a session: when the server ends it, none of the two outlives the other.
  const session = source.createQueryRunner();
  try {
    await endWhenIdle(session, silenceMs * IDLE_LIMITS);
    await takeLock(session);
    await session.query('CREATE SCHEMA IF NOT EXISTS odometer');
    const executor = new MigrationExecutor(source, session);
    executor.transaction = 'each';
    await executor.executePendingMigrations();
    await session.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } finally {
    await session.release();
    await source.destroy();
  }
}

/** Whoever lost its network in here cannot say so, and TCP takes its time to notice. */
async function endWhenIdle(session: QueryRunner, ms: number): Promise<void> {
  await session.query(
    `SELECT set_config('idle_session_timeout', $1, false), set_config('idle_in_transaction_session_timeout', $1, false)`,
    [String(ms)],
  );
}

/** Asks again and again. Who stood in the server's queue would be given the lock also when nobody is there any more to give it back. */
async function takeLock(session: QueryRunner): Promise<void> {
  const taken = async (): Promise<boolean> => {
    const [row] = (await session.query('SELECT pg_try_advisory_lock($1) AS taken', [
      MIGRATION_LOCK,
    ])) as [{ taken: boolean }];
    return row.taken;
  };
  while (!(await taken())) await sleep(LOCK_POLL_MS);
}
