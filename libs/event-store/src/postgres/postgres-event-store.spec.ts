import { createTestDatabase } from '@odometer/testing';
import type { EventStore } from '../event-store.js';
import { describeEventStore } from '../conformance/index.js';
import { createPostgresEventStore, eventStoreMigrations, migrate } from './index.js';

describeEventStore('PostgreSQL', async () => {
  const database = await createTestDatabase();
  await migrate(database.url, eventStoreMigrations);
  const opened: EventStore[] = [];
  const open = (): EventStore => {
    const store = createPostgresEventStore({ pool: database.pool, connectionString: database.url });
    opened.push(store);
    return store;
  };
  return {
    store: open(),
    reopen: () => Promise.resolve(open()),
    dispose: async () => {
      await Promise.all(opened.map((store) => store.close()));
      await database.drop();
    },
  };
});
