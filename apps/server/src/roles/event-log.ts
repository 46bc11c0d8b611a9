import { StoreUnavailable, type EventStore } from '@odometer/event-store';
import { createEventStoreDbEventStore } from '@odometer/event-store/eventstoredb';
import { createPostgresEventStore } from '@odometer/event-store/postgres';
import type pg from 'pg';
import type { EventLogConfig, EventLogKind } from '../config/event-log-config.js';
import type { DatabaseAddress } from './connection-options.js';
import type { Shutdown } from './shutdown.js';

export class LogFixed extends Error {
  override readonly name = 'LogFixed';
}

export class LogUnreachable extends Error {
  override readonly name = 'LogUnreachable';
}

interface Surroundings {
  readonly pool: pg.Pool;
  readonly database: DatabaseAddress;
  readonly shutdown: Shutdown;
}

/** Opens the log that the configuration names. Throws LogFixed, and LogUnreachable. */
export async function openEventLog(
  config: EventLogConfig,
  { pool, database, shutdown }: Surroundings,
): Promise<EventStore> {
  await fixEventLog(pool, config.kind);
  const store =
    config.kind === 'postgres'
      ? createPostgresEventStore({
          pool,
          connectionString: database.url,
          limits: { answerTimeoutMs: database.timeoutMs },
        })
      : createEventStoreDbEventStore({
          connectionString: config.url,
          limits: { answerTimeoutMs: database.timeoutMs },
        });
  shutdown.add('event store', () => store.close());
  await reach(store);
  return store;
}

/** Opens the connection, and finds out now what would else fail at the first request. */
async function reach(store: EventStore): Promise<void> {
  try {
    await store.head();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new LogUnreachable(error.message, { cause: error });
  }
}

/**
 * Remembers with the first start which store the read models of this database follow. Positions of another log mean nothing to them:
 * a start with another store throws LogFixed. A database from before this was remembered has its log itself.
 */
export async function fixEventLog(pool: pg.Pool, kind: EventLogKind): Promise<void> {
  await pool.query(
    `INSERT INTO odometer.log_settings (name, value)
     SELECT 'event_store', CASE WHEN EXISTS (SELECT FROM odometer.events) THEN 'postgres' ELSE $1 END
     ON CONFLICT DO NOTHING`,
    [kind],
  );
  const { rows } = await pool.query<{ value: string }>(
    `SELECT value FROM odometer.log_settings WHERE name = 'event_store'`,
  );
  const fixed = rows[0]?.value ?? kind;
  if (fixed === kind) return;
  throw new LogFixed(
    `the read models of this database follow the log in ${fixed}: set EVENT_STORE=${fixed}, or see \`odometer log copy\` and \`odometer log switch\``,
  );
}
