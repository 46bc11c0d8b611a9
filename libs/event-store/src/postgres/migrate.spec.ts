import { setTimeout as sleep } from 'node:timers/promises';
import { createFaultProxy, createTestDatabase, type TestDatabase } from '@odometer/testing';
import type { QueryRunner } from 'typeorm';
import { DatabaseUnreachable, eventStoreMigrations, migrate } from './index.js';

/** Called from within the migration below, whose table is made by then. */
let halfway: () => void = () => undefined;

class LosesItsNetwork1700000009002 {
  readonly name = 'LosesItsNetwork1700000009002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE odometer.late (n int)');
    halfway();
    await runner.query('INSERT INTO odometer.late VALUES (1)');
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

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

  describe('through a network that loses everything', () => {
    const SILENCE_MS = 300;

    const migrateThrough = (url: string): Promise<void> =>
      migrate(url, eventStoreMigrations, { silenceMs: SILENCE_MS });

    it('fails after the limit, and says what it could not reach, without the password', async () => {
      const proxy = await createFaultProxy(database.url);
      proxy.set('black hole');
      const startedAt = performance.now();
      const error = await migrateThrough(proxy.url).catch((reason: unknown) => reason);
      expect(performance.now() - startedAt).toBeLessThan(SILENCE_MS * 5);
      await proxy.close();
      const { host, pathname } = new URL(proxy.url);
      expect(error).toBeInstanceOf(DatabaseUnreachable);
      expect((error as Error).message).toBe(
        `PostgreSQL at ${host}${pathname} cannot be reached: no answer within ${SILENCE_MS} ms`,
      );
    });

    it('waits for another process as long as that takes, and fails when the network goes meanwhile', async () => {
      const proxy = await createFaultProxy(database.url);
      const other = await database.pool.connect();
      try {
        await other.query('SELECT pg_advisory_lock(724002)');
        const patient = migrateThrough(database.url);
        let failed: unknown = null;
        const unlucky = migrateThrough(proxy.url).catch((error: unknown) => (failed = error));
        await sleep(SILENCE_MS * 3);
        expect(failed).toBeNull();
        proxy.set('black hole');
        await unlucky;
        expect(failed).toBeInstanceOf(DatabaseUnreachable);
        // As far as the server knows, its connection is still open.
        await other.query('SELECT pg_advisory_unlock(724002)');
        await patient;
        expect(await tables()).toEqual(['events', 'migrations', 'streams']);
      } finally {
        other.release(true);
        await proxy.close();
      }
    });

    it('gives up the lock that it holds, and what it has begun', async () => {
      const proxy = await createFaultProxy(database.url);
      halfway = () => proxy.set('black hole');
      const migrations = [...eventStoreMigrations, LosesItsNetwork1700000009002];
      const unlucky = migrate(proxy.url, migrations, { silenceMs: SILENCE_MS });
      await expect(unlucky).rejects.toThrow(DatabaseUnreachable);
      const startedAt = performance.now();
      await migrate(database.url, migrations, { silenceMs: SILENCE_MS });
      expect(performance.now() - startedAt).toBeLessThan(SILENCE_MS * 10);
      expect(await tables()).toEqual(['events', 'late', 'migrations', 'streams']);
      await proxy.close();
    });

    it('names a server that is not there', async () => {
      const url = new URL(database.url);
      url.port = '1';
      await expect(migrateThrough(url.href)).rejects.toThrow('ECONNREFUSED');
    });
  });
});
