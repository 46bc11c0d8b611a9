import { migrate } from '@odometer/event-store/postgres';
import { projectionMigrations } from '@odometer/projections';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { CommandRefused } from '../failure.js';
import { switchLog } from './switch-log.js';

describe('switching the log under the read models', () => {
  let database: TestDatabase;
  const count = async (table: string): Promise<number> =>
    (await database.pool.query(`SELECT FROM odometer.${table}`)).rowCount ?? 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, projectionMigrations);
    await database.pool.query(`
      CREATE TABLE odometer.log_settings (name text PRIMARY KEY, value text NOT NULL);
      INSERT INTO odometer.log_settings VALUES ('event_store', 'postgres'), ('usage_shards', '2');
      INSERT INTO odometer.projections (name, version, generation, last_generation)
      VALUES ('usage', 1, 1, 1);
      INSERT INTO odometer.projection_workers VALUES ('host-1', '{usage}', now() + interval '1 minute');
    `);
  });
  afterAll(() => database.drop());

  it('waits for no server that works on them: it refuses', async () => {
    await expect(switchLog(database.url, 'eventstoredb')).rejects.toThrow(
      'a server works on this database (host-1): stop it first',
    );
    expect(await count('projections')).toBe(1);
  });

  it('forgets how far they were, and which log it was', async () => {
    await database.pool.query('DELETE FROM odometer.projection_workers');
    await switchLog(database.url, 'eventstoredb');
    expect(await count('projections')).toBe(0);
    const { rows } = await database.pool.query('SELECT * FROM odometer.log_settings ORDER BY name');
    expect(rows).toEqual([
      { name: 'event_store', value: 'eventstoredb' },
      { name: 'usage_shards', value: '2' },
    ]);
  });

  it('knows two stores', async () => {
    await expect(switchLog(database.url, 'paper')).rejects.toThrow(CommandRefused);
  });
});
