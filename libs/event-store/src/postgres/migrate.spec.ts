import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import type { QueryRunner } from 'typeorm';
import { eventStoreMigrations, migrate } from './index.js';

class BreaksHalfway1700000009001 {
  readonly name = 'BreaksHalfway1700000009001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE odometer.half_made (n int)');
    await runner.query('SELECT broken');
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

describe('migrating', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const tables = async (): Promise<string[]> => {
    const { rows } = await database.pool.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'odometer' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };

  it('makes the tables once, however many processes start at the same time', async () => {
    await Promise.all(Array.from({ length: 4 }, () => migrate(database.url, eventStoreMigrations)));
    await migrate(database.url, eventStoreMigrations);
    expect(await tables()).toEqual(['events', 'migrations', 'streams']);
  });

  it('leaves nothing of a migration that fails, and lets the next process try', async () => {
    const broken = [...eventStoreMigrations, BreaksHalfway1700000009001];
    await expect(migrate(database.url, broken)).rejects.toThrow('column "broken" does not exist');
    expect(await tables()).toEqual(['events', 'migrations', 'streams']);
    await migrate(database.url, eventStoreMigrations);
  });
});
