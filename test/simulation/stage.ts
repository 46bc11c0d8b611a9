import { randomUUID } from 'node:crypto';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { eventStoreMigrations, migrate } from '@odometer/event-store/postgres';
import { createProjectionEngine, projectionMigrations } from '@odometer/projections';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { projectionsOn } from './sim-node.js';
import { SimPostgres } from './sim-postgres.js';

/** The database that worlds are played on, one after the other; it is swept in between. */
export interface Stage {
  readonly database: TestDatabase;
  readonly server: SimPostgres;
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** Takes away all rows, and what rebuilds left. Emptying is much quicker than creating. */
const SWEEP = `
  DO $$
  DECLARE one record;
  BEGIN
    DELETE FROM odometer.projection_workers;
    DELETE FROM odometer.projection_shards;
    UPDATE odometer.projections
       SET generation = 1, last_generation = 1, next_generation = NULL, next_version = NULL;
    INSERT INTO odometer.projection_shards (name, generation, shard, target, version)
      SELECT name, 1, shard, 'live', version FROM odometer.projections, sim_shards WHERE sim_shards.of = name;
    FOR one IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rm\\_%\\_\\_next' OR nspname LIKE 'rm\\_%\\_\\_old' LOOP
      EXECUTE format('DROP SCHEMA %I CASCADE', one.nspname);
    END LOOP;
    FOR one IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname LIKE 'rm\\_%' LOOP
      EXECUTE format('DELETE FROM %I.%I', one.schemaname, one.tablename);
    END LOOP;
  END $$`;

export async function openStage(): Promise<Stage> {
  const database = await createTestDatabase();
  const { pool, url } = database;
  await migrate(url, [...eventStoreMigrations, ...projectionMigrations]);
  const store = createInMemoryEventStore();
  const projections = projectionsOn(store);
  const engine = createProjectionEngine({
    pool,
    store,
    owner: randomUUID(),
    now: () => performance.now(),
    projections,
  });
  await engine.start();
  await engine.stop();
  await store.close();
  await pool.query('CREATE TABLE sim_shards (of text NOT NULL, shard int NOT NULL)');
  for (const { name, shards } of projections) {
    await pool.query('INSERT INTO sim_shards SELECT $1, generate_series(0, $2 - 1)', [
      name,
      shards,
    ]);
  }
  const server = new SimPostgres(url);
  return {
    database,
    server,
    sweep: async () => {
      await pool.query(SWEEP);
    },
    close: async () => {
      await server.end();
      await database.drop();
    },
  };
}
