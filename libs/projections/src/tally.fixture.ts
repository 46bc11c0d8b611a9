import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent, ReadAllOptions, RecordedEvent } from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { DataSource } from 'typeorm';
import type { ProjectionEngineOptions } from './engine-options.js';
import { createProjectionEngine, type ProjectionEngine } from './engine.js';
import { projectionMigrations } from './migrations.js';
import type { Projection, SqlClient } from './projection.js';

/** Adds up amounts by shard and key, so that shards share no row; `seen` lists every event, so that one applied twice breaks the primary key. */
export const tally = (
  options: {
    readonly name?: string;
    readonly version?: number;
    readonly shards?: number;
    readonly before?: (event: RecordedEvent, sql: SqlClient) => Promise<void> | void;
    readonly after?: (events: readonly RecordedEvent[], sql: SqlClient) => Promise<void> | void;
    readonly flush?: () => Promise<void> | void;
  } = {},
): Projection => ({
  name: options.name ?? 'tally',
  version: options.version ?? 1,
  shards: options.shards ?? 1,
  filter: (shard) => [
    { types: ['Added'], ...(options.shards ? { streamSuffix: `-${shard}` } : {}) },
  ],
  init: async (sql, schema) => {
    await sql.query(`CREATE TABLE ${schema}.seen (position bigint PRIMARY KEY)`);
    await sql.query(
      `CREATE TABLE ${schema}.totals (shard int, key text, total bigint NOT NULL, PRIMARY KEY (shard, key))`,
    );
  },
  handler: ({ schema, shard }) => ({
    apply: async (sql, events) => {
      for (const event of events) {
        await options.before?.(event, sql);
        const { key, amount } = event.data as { key: string; amount: number };
        await sql.query(`INSERT INTO ${schema}.seen VALUES ($1)`, [event.position]);
        await sql.query({
          name: 'add',
          text: `INSERT INTO ${schema}.totals AS t VALUES ($1, $2, $3)
                 ON CONFLICT (shard, key) DO UPDATE SET total = t.total + EXCLUDED.total`,
          values: [shard, key, amount],
        });
      }
      await options.after?.(events, sql);
    },
    flush: async () => options.flush?.(),
  }),
});

export const added = (key: string, amount: number, type = 'Added'): NewEvent => ({
  eventId: randomUUID(),
  type,
  schemaVersion: 1,
  data: { key, amount },
  metadata: { tenant: 'default', recordedAt: '2026-01-01T00:00:00.000Z' },
});

export const append = async (
  store: EventStore,
  streamId: string,
  ...events: NewEvent[]
): Promise<number> => (await store.append(streamId, events, { expectedRevision: 'any' })).position;

/** A store whose pages are read through `onRead`. */
export const readThrough = (
  store: EventStore,
  onRead: (options: ReadAllOptions) => Promise<void> | void,
): EventStore =>
  new Proxy(store, {
    get: (of, name) => {
      const own: unknown = Reflect.get(of, name);
      if (name === 'readAll')
        return async (options: ReadAllOptions) => {
          await onRead(options);
          return of.readAll(options);
        };
      return typeof own === 'function' ? (own.bind(of) as unknown) : own;
    },
  });

export const migrated = async (): Promise<TestDatabase> => {
  const database = await createTestDatabase();
  const source = new DataSource({
    type: 'postgres',
    url: database.url,
    migrations: projectionMigrations,
  });
  await source.initialize();
  await source.runMigrations();
  await source.destroy();
  return database;
};

/** An engine with short times. */
export const engineOf = (
  options: Omit<ProjectionEngineOptions, 'owner' | 'now'> & { readonly owner?: string },
): ProjectionEngine =>
  createProjectionEngine({
    owner: 'a',
    now: () => performance.now(),
    ...options,
    limits: {
      tickMs: 50,
      rebuildTickMs: 20,
      retryMsMin: 10,
      retryMsMax: 100,
      swapMs: 300,
      swapPauseMs: 300,
      ...options.limits,
    },
  });

/** What each test of the engine has for itself. */
class TallyWorld {
  database!: TestDatabase;
  store!: EventStore;
  private engines: ProjectionEngine[] = [];

  async open(): Promise<void> {
    this.database = await migrated();
    this.store = createInMemoryEventStore();
    this.engines = [];
  }

  async close(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.stop()));
    await this.store.close();
    await this.database.drop();
  }

  /** An engine that ends with the test. */
  engine(options: Partial<Parameters<typeof engineOf>[0]> = {}): ProjectionEngine {
    const { database, store } = this;
    const made = engineOf({ pool: database.pool, store, projections: [tally()], ...options });
    this.engines.push(made);
    return made;
  }
}

/** A world that is made before each test and gone after it. */
export function tallyWorld(): TallyWorld {
  const world = new TallyWorld();
  beforeEach(() => world.open());
  afterEach(() => world.close());
  return world;
}

/** Ordered dump of the read model, for comparing byte by byte. */
export async function dump(database: TestDatabase, schema = 'rm_tally'): Promise<string> {
  const { rows } = await database.pool.query<{ seen: string; totals: string }>(`
    SELECT (SELECT string_agg(s::text, ',' ORDER BY position) FROM ${schema}.seen s) AS seen,
           (SELECT string_agg(t::text, ',' ORDER BY shard, key) FROM ${schema}.totals t) AS totals`);
  return JSON.stringify(rows[0]);
}

export async function totals(database: TestDatabase): Promise<Record<string, number>> {
  const { rows } = await database.pool.query<{ key: string; total: string }>(
    `SELECT key, sum(total) AS total FROM rm_tally.totals GROUP BY key ORDER BY key`,
  );
  return Object.fromEntries(rows.map(({ key, total }) => [key, Number(total)]));
}

export async function eventually(
  check: () => Promise<boolean> | boolean,
  ms = 10_000,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`not so after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A door that apply waits at. */
export function gate(): {
  readonly opened: Promise<void>;
  open: () => void;
  readonly reached: Promise<void>;
  reach: () => void;
} {
  let open = (): void => undefined;
  let reach = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  return { opened, open, reached, reach };
}
