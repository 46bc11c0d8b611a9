export { createEventStoreDbEventStore, type EventStoreDbOptions } from './event-store-db.js';
export { EVENTSTOREDB_LIMITS, type EventStoreDbLimits } from './limits.js';
