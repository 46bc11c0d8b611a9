export { DatabaseUnreachable } from './database-watch.js';
export { migrate, type Migration } from './migrate.js';
export {
  createPostgresEventStore,
  POSTGRES_EVENT_STORE_LIMITS,
  type PostgresEventStoreLimits,
  type PostgresEventStoreOptions,
} from './postgres-event-store.js';
export { eventStoreMigrations } from './schema.js';
