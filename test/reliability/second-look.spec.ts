import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { eventStoreMigrations, migrate } from '@odometer/event-store/postgres';
import { projectionMigrations } from '@odometer/projections';
import { createTestDatabase } from '@odometer/testing';
import { seededRandom } from '../bench/seeded-random.js';
import { appendFacts } from '../simulation/facts.js';
import { rebuildAndCompare } from './second-look.js';

describe('the second look at a run', () => {
  it('finds read models that are not what the log makes of them', async () => {
    const database = await createTestDatabase();
    const store = createInMemoryEventStore();
    const look = () => rebuildAndCompare({ databaseUrl: database.url, store, usageShards: 2 });
    try {
      await migrate(database.url, [...eventStoreMigrations, ...projectionMigrations]);
      await appendFacts(store, seededRandom(1));
      const sound = await look();
      expect(sound.differing).toEqual([]);
      expect(sound.rows).toBeGreaterThan(10);
      await database.pool.query('UPDATE rm_usage.meter SET live = NOT live');
      await database.pool.query('DELETE FROM rm_customers.customer');
      expect((await look()).differing).toEqual(['usage', 'customers']);
      // They were rebuilt.
      expect((await look()).differing).toEqual([]);
    } finally {
      await store.close();
      await database.drop();
    }
  });
});
