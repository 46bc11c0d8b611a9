import { randomUUID } from 'node:crypto';
import { toIso, type JsonObject } from '@odometer/domain';
import type { EventStore } from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { migrate } from '@odometer/event-store/postgres';
import {
  createProjectionEngine,
  projectionMigrations,
  type EngineStatus,
  type Projection,
} from '@odometer/projections';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import type { DataSource } from 'typeorm';
import { createReadDataSource } from './read-data-source.js';

/** The moment every event of these specs is recorded at. */
export const RECORDED_AT = Date.UTC(2026, 0, 2, 3, 4, 5);

export interface ReadModelBench<Event> {
  readonly source: DataSource;
  readonly database: TestDatabase;
  /** Appends events of one tenant and waits until the read model shows them. */
  given(tenant: string, ...events: Event[]): Promise<void>;
  /** Text of all rows of a table, in the order of its primary key. */
  dump(table: string): Promise<string>;
  rebuild(): Promise<void>;
  status(): Promise<EngineStatus>;
  store: EventStore;
  close(): Promise<void>;
}

/** A real database, a real engine, and one projection. */
export async function benchOf<Event extends { type: string; data: object }>(
  projection: Projection,
): Promise<ReadModelBench<Event>> {
  const database = await createTestDatabase();
  await migrate(database.url, projectionMigrations);
  const source = await createReadDataSource(database.url);
  const store = createInMemoryEventStore();
  const engine = createProjectionEngine({
    pool: database.pool,
    store,
    projections: [projection],
    owner: 'spec',
    now: () => performance.now(),
    limits: { rebuildTickMs: 20 },
  });
  await engine.start();
  return {
    source,
    database,
    store,
    given: async (tenant, ...events) => {
      const { position } = await store.append(
        `spec-${tenant}`,
        events.map(({ type, data }) => ({
          eventId: randomUUID(),
          type,
          schemaVersion: 1,
          // As it comes back from a store: without what is undefined.
          data: JSON.parse(JSON.stringify(data)) as JsonObject,
          metadata: { tenant, recordedAt: toIso(RECORDED_AT) },
        })),
        { expectedRevision: 'any' },
      );
      if (!(await engine.waitFor('all', position, 5_000))) {
        throw new Error(`not reached: ${JSON.stringify(await engine.status())}`);
      }
    },
    dump: async (table) => {
      const { rows } = await database.pool.query<{ text: string }>(
        `SELECT t::text AS text FROM rm_${projection.name}.${table} t ORDER BY 1`,
      );
      return rows.map(({ text }) => text).join('\n');
    },
    rebuild: () => engine.rebuild(projection.name),
    status: () => engine.status(),
    close: async () => {
      await engine.stop();
      await source.destroy();
      await store.close();
      await database.drop();
    },
  };
}
