import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { newEvent, newStream } from '../conformance/index.js';
import {
  AppendQueueFull,
  AppendTooLarge,
  InvalidEvent,
  StoreUnavailable,
  type EventStore,
  type NewEvent,
} from '../event-store.js';
import { PAGE_BYTES_MAX, SCAN_POSITIONS_MAX } from '../limits.js';
import {
  createPostgresEventStore,
  eventStoreMigrations,
  migrate,
  type PostgresEventStoreLimits,
} from './index.js';

describe('the limits of the PostgreSQL event store', () => {
  let database: TestDatabase;
  const stores: EventStore[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, eventStoreMigrations);
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  const open = (limits: Partial<PostgresEventStoreLimits> = {}): EventStore => {
    const store = createPostgresEventStore({
      pool: database.pool,
      connectionString: database.url,
      limits,
    });
    stores.push(store);
    return store;
  };
  const appendMany = (store: EventStore, count: number, event: () => NewEvent = newEvent) =>
    Promise.allSettled(
      Array.from({ length: count }, () =>
        store.append(newStream(), [event()], { expectedRevision: 'any' }),
      ),
    );

  it.each([
    ['bytes', { appendBytes: 1_000 }, [newEvent({ text: 'ä'.repeat(500) })]],
    ['events', { appendEvents: 2 }, [newEvent(), newEvent(), newEvent()]],
  ])('refuses an append with too many %s', async (_, limits, events) => {
    const append = open(limits).append(newStream(), events, { expectedRevision: 'any' });
    await expect(append).rejects.toThrow(AppendTooLarge);
  });

  it.each([
    ['an id that is no UUID', 'plan-a', newEvent({}, { eventId: 'one' })],
    ['a type with a NUL', 'plan-a', newEvent({}, { type: 'A\0B' })],
    ['a stream id with a NUL', 'plan\0a', newEvent()],
    [
      'a tenant with a NUL',
      'plan-a',
      newEvent({}, { metadata: { tenant: '\0', recordedAt: '2001-01-01T00:00:00Z' } }),
    ],
    ['no data', 'plan-a', newEvent(null as never)],
    ['half a version', 'plan-a', newEvent({}, { schemaVersion: 1.5 })],
  ])('refuses %s before it reaches the commit of others', async (_, stream, event) => {
    const append = open().append(stream, [event], { expectedRevision: 'any' });
    await expect(append).rejects.toThrow(InvalidEvent);
  });

  it('refuses an id that stands twice in one append', async () => {
    const event = newEvent();
    const append = open().append(newStream(), [event, event], { expectedRevision: 'any' });
    await expect(append).rejects.toThrow(InvalidEvent);
  });

  it.each([
    ['appends', { queueAppends: 10 }],
    ['bytes', { queueBytes: 10 * Buffer.byteLength(JSON.stringify(newEvent().metadata) + '{}') }],
  ])('refuses what would make the queue too long in %s, and keeps the rest', async (_, limits) => {
    const outcomes = await appendMany(open(limits), 15);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array<string>(10).fill('fulfilled'),
      ...Array<string>(5).fill('rejected'),
    ]);
    expect(outcomes.at(-1)).toMatchObject({ reason: expect.any(AppendQueueFull) as unknown });
  });

  it.each([
    ['appends', { groupAppends: 3 }, 4],
    ['bytes', { groupBytes: 250 }, 5],
    ['appends, of which there are many', {}, 1],
  ])('commits in groups limited by %s', async (_, limits, groups) => {
    const store = open(limits);
    const before = await transactionsOf();
    await appendMany(store, 10, () => newEvent({ text: 'x'.repeat(30) }));
    expect((await transactionsOf()) - before).toBe(groups);
  });

  /** Each commit of the log has a transaction of its own. */
  async function transactionsOf(): Promise<number> {
    const { rows } = await database.pool.query<{ n: string }>(
      'SELECT count(DISTINCT xmin::text) AS n FROM odometer.events',
    );
    return Number(rows[0]!.n);
  }

  it('commits the appends of a group although one of them is refused', async () => {
    const store = open();
    const taken = newStream();
    await store.append(taken, [newEvent()], { expectedRevision: 'noStream' });
    const outcomes = await Promise.allSettled([
      store.append(newStream(), [newEvent()], { expectedRevision: 'noStream' }),
      store.append(taken, [newEvent()], { expectedRevision: 'noStream' }),
      store.append(taken, [newEvent()], { expectedRevision: 0 }),
      store.append(taken, [newEvent()], { expectedRevision: 1 }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });

  it('finds the one append that the server cannot store, and commits the others', async () => {
    const store = open();
    const impossible = newEvent({}, { schemaVersion: 2_147_483_647 });
    await database.pool.query(
      'ALTER TABLE odometer.events ADD CONSTRAINT small_versions CHECK (schema_version < 1000)',
    );
    const outcomes = await Promise.allSettled([
      store.append(newStream(), [newEvent()], { expectedRevision: 'any' }),
      store.append(newStream(), [impossible], { expectedRevision: 'any' }),
      store.append(newStream(), [newEvent()], { expectedRevision: 'any' }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await store.verify()).faults).toEqual([]);
  });

  it('reads pages limited by bytes, never below one event, with the tail and without', async () => {
    const writer = open();
    const start = await writer.head();
    const third = Buffer.alloc(PAGE_BYTES_MAX / 3);
    for (let n = 0; n < 5; n += 1) {
      await writer.append('usage-default-3', [newEvent(third)], { expectedRevision: 'any' });
    }
    for (const reader of [writer, open()]) {
      const first = await reader.readAll({ after: start });
      expect(first.events).toHaveLength(2);
      expect(first.position).toBe(start + 2);
      const second = await reader.readAll({ after: first.position, limit: 1 });
      expect(second.position).toBe(start + 3);
      const filter = [{ streamPrefix: 'usage-default', streamSuffix: '-3' }];
      const filtered = await reader.readAll({ after: start, filter });
      expect([filtered.events.length, filtered.position]).toEqual([2, start + 2]);
    }
  });

  it('looks at a bounded stretch of the log when no index serves the filter', async () => {
    await database.pool.query('TRUNCATE odometer.events, odometer.streams');
    const writer = open();
    const appends = Array.from({ length: SCAN_POSITIONS_MAX / 1_000 + 1 }, () =>
      writer.append(
        newStream(),
        Array.from({ length: 1_000 }, () => newEvent()),
        {
          expectedRevision: 'any',
        },
      ),
    );
    await Promise.all(appends);
    await writer.append('needle-default-1', [newEvent()], { expectedRevision: 'any' });
    const filter = [{ streamPrefix: 'needle-' }];
    const first = await open().readAll({ after: 0, filter });
    expect(first).toEqual({ events: [], position: SCAN_POSITIONS_MAX });
    const second = await open().readAll({ after: first.position, filter });
    expect(second.events.map(({ streamId }) => streamId)).toEqual(['needle-default-1']);
  });

  it('refuses appends after it was closed, and finishes those before', async () => {
    const store = open();
    const before = store.append(newStream(), [newEvent()], { expectedRevision: 'any' });
    const closing = store.close();
    const after = store.append(newStream(), [newEvent()], { expectedRevision: 'any' });
    await expect(after).rejects.toThrow(StoreUnavailable);
    expect((await before).lastRevision).toBe(0);
    await closing;
  });

  it('asks the database for nothing while its own appends are followed', async () => {
    const store = open();
    const stop = new AbortController();
    const seen: unknown[] = [];
    const start = await store.head();
    const following = (async () => {
      for await (const page of store.subscribe({ after: start, signal: stop.signal })) {
        seen.push(...page.events.map(({ data }) => data));
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 200));
    let queries = 0;
    const count = (): void => void (queries += 1);
    database.pool.on('acquire', count);
    const bytes = Array.from({ length: 20 }, (_, n) => Buffer.from([n]));
    for (const one of bytes) {
      await store.append('usage-default-5', [newEvent(one)], { expectedRevision: 'any' });
    }
    while (seen.length < bytes.length) await new Promise((resolve) => setImmediate(resolve));
    database.pool.off('acquire', count);
    expect(queries).toBe(0);
    expect(seen.every((data, n) => data === bytes[n])).toBe(true);
    stop.abort();
    await following;
  });
});
