export { migrate, type Migration } from './migrate.js';
export {
  createPostgresEventStore,
  type PostgresEventStoreOptions,
} from './postgres-event-store.js';
export { eventStoreMigrations } from './schema.js';
