import { migrate } from '@odometer/event-store/postgres';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { fixUsageShards, logSettingsMigrations, ShardsFixed } from './usage-shards.js';

describe('the number of usage shards', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, logSettingsMigrations);
  });
  afterAll(() => database.drop());

  it('is fixed by the first start', async () => {
    await fixUsageShards(database.pool, 2);
    await fixUsageShards(database.pool, 2);
    await expect(fixUsageShards(database.pool, 4)).rejects.toThrow(ShardsFixed);
    await expect(fixUsageShards(database.pool, 4)).rejects.toThrow('ODOMETER_USAGE_SHARDS=2');
  });
});
