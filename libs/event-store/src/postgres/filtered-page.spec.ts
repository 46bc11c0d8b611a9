import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createFaultProxy,
  createTestDatabase,
  type FaultProxy,
  type TestDatabase,
} from '@odometer/testing';
import pg from 'pg';
import { newEvent } from '../conformance/index.js';
import type { EventFilter, EventStore } from '../event-store.js';
import { createPostgresEventStore, eventStoreMigrations, migrate } from './index.js';
import { readAll } from './reader.js';

const PAYLOAD_BYTES = 300_000;
/** Long enough for a page on a busy machine. */
const LIMIT_MS = 800;
const PLAIN: EventFilter[] = [{ types: ['Counted'], streamSuffix: '-0' }];
/** The same events, asked for in a way that COPY cannot be. */
const FOREIGN: EventFilter[] = [...PLAIN, { types: ["Never 'happens'"] }];

describe('a page with a filter', () => {
  let database: TestDatabase;
  let store: EventStore;
  const pools: pg.Pool[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, eventStoreMigrations);
    store = createPostgresEventStore({ pool: database.pool, connectionString: database.url });
    for (let n = 0; n < 5; n += 1) {
      const event = newEvent(Buffer.alloc(PAYLOAD_BYTES, n), { type: 'Counted' });
      await store.append('usage-default-0', [event], { expectedRevision: 'any' });
    }
    await store.append("o'brien\\-1", [newEvent()], { expectedRevision: 'any' });
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.end()));
  });

  /** With one connection, so that it is known which one is asked. */
  function open(config: pg.PoolConfig = {}): pg.Pool {
    const pool = new pg.Pool({ connectionString: database.url, max: 1, ...config });
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  }
  const isCopied = async (filter: readonly EventFilter[], after = 0): Promise<boolean> => {
    const name = `asks ${randomUUID()}`;
    await readAll(open({ application_name: name }), { after, filter });
    const { rows } = await database.pool.query<{ query: string }>(
      'SELECT query FROM pg_stat_activity WHERE application_name = $1',
      [name],
    );
    return rows[0]!.query.startsWith('COPY');
  };

  it.each<[string, EventFilter]>([
    ['types and a shard', PLAIN[0]!],
    ['a prefix and a suffix', { streamPrefix: 'usage-default', streamSuffix: '-0' }],
    ['nothing that could pass', { types: [] }],
  ])('is copied when all of it is plain: %s', async (_, clause) => {
    expect(await isCopied([clause])).toBe(true);
  });

  it.each<[string, EventFilter]>([
    ['a quote in the prefix', { streamPrefix: "o'brien" }],
    ['a backslash in the prefix', { streamPrefix: 'back\\slash' }],
    ['other letters in the prefix', { streamPrefix: 'zürich' }],
    ['a quote in the suffix', { types: ['Counted'], streamSuffix: "-'" }],
    ['a space in a type', { types: ['Counted', 'Not counted'] }],
  ])('is asked for with parameters otherwise: %s', async (_, clause) => {
    expect(await isCopied([PLAIN[0]!, clause])).toBe(false);
  });

  it('passes what has quotes and backslashes', async () => {
    const { events } = await readAll(open(), {
      after: 0,
      filter: [{ streamPrefix: "o'brien\\-" }],
    });
    expect(events.map(({ streamId }) => streamId)).toEqual(["o'brien\\-1"]);
  });

  it('is refused by the server, as ever, with a NUL or with half a position', async () => {
    const filter = [{ streamPrefix: 'a\0' }];
    await expect(readAll(open(), { after: 0, filter })).rejects.toMatchObject({ code: '22021' });
    await expect(readAll(open(), { after: 0.5, filter: PLAIN })).rejects.toMatchObject({
      code: '22P02',
    });
  });

  it.each([
    ['copied', PLAIN],
    ['asked for with parameters', FOREIGN],
  ])('holds the same events and ends at the same place when it is %s', async (_, filter) => {
    const first = await readAll(open(), { after: 1, limit: 3, filter });
    expect(first.events.map(({ data }) => (data as Buffer)[0])).toEqual([1, 2, 3]);
    expect(first.position).toBe(4);
    const second = await readAll(open(), { after: 4, limit: 3, filter });
    expect(second.events.map(({ position }) => position)).toEqual([5]);
    expect(second.position).toBe(6);
    expect(await readAll(open(), { after: 6, filter })).toEqual({ events: [], position: 6 });
  });

  it('is copied on connections that pipeline, too, between other questions', async () => {
    const pool = open({ pipeline: true, query_timeout: 5_000 });
    const ask = (n: number) => pool.query<{ n: number }>('SELECT $1::int AS n', [n]);
    const read = () => readAll(pool, { after: 0, filter: PLAIN });
    const [one, page, two, again] = await Promise.all([ask(1), read(), ask(2), read()]);
    expect([one.rows, two.rows]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    expect(page.events).toHaveLength(5);
    expect(again).toEqual(page);
    expect(pool.totalCount).toBe(1);
  });

  it('keeps of what was received the bytes of its events only', async () => {
    const { events } = await readAll(open(), { after: 0, filter: PLAIN });
    const held = events.map(({ data }) => (data as Buffer).buffer.byteLength);
    expect(held).toEqual(Array<number>(5).fill(PAYLOAD_BYTES));
  });

  describe.each([
    ['copied', PLAIN],
    ['asked for with parameters', FOREIGN],
  ])('%s, when the connection fails', (_, filter) => {
    async function throwsAndGoesOn(
      fault: Parameters<FaultProxy['set']>[0],
      message: string,
      config: pg.PoolConfig = {},
    ): Promise<void> {
      const proxy = await createFaultProxy(database.url);
      const pool = open({ connectionString: proxy.url, ...config });
      await readAll(pool, { after: 6, filter });
      proxy.set(fault);
      await expect(readAll(pool, { after: 0, filter })).rejects.toThrow(message);
      expect(pool.totalCount).toBe(0);
      proxy.set('pass');
      expect((await readAll(pool, { after: 0, filter })).events).toHaveLength(5);
      await pool.end();
      pools.length = 0;
      await proxy.close();
    }

    it.each([
      ['is cut in the middle', { kind: 'cut after', bytes: 2 * PAYLOAD_BYTES }],
      ['is cut before the answer', 'cut answers'],
    ] as const)('and %s: throws, and the next page has a new one', async (__, fault) => {
      await throwsAndGoesOn(fault, 'Connection terminated unexpectedly');
    });

    it.each([
      ['from the start', 'swallow answers'],
      ['and slows down to next to nothing', { kind: 'throttle', bytesPerSecond: 100_000 }],
    ] as const)('and is silent %s: throws after the time limit', async (__, fault) => {
      await throwsAndGoesOn(fault, 'Query read timeout', { query_timeout: LIMIT_MS });
    });

    it('or is ended by the server: throws what the server says, and the next page has a new one', async () => {
      const pool = open({ application_name: `ended ${filter.length}` });
      const lock = await database.pool.connect();
      await lock.query('BEGIN; LOCK TABLE odometer.events IN ACCESS EXCLUSIVE MODE');
      const reading = expect(readAll(pool, { after: 0, filter })).rejects.toMatchObject({
        code: '57P01',
      });
      const END = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = $1 AND wait_event_type = 'Lock'`;
      while ((await database.pool.query(END, [`ended ${filter.length}`])).rowCount === 0)
        await sleep(5);
      await reading;
      await lock.query('ROLLBACK');
      lock.release();
      expect(pool.totalCount).toBe(0);
      expect((await readAll(pool, { after: 0, filter })).events).toHaveLength(5);
    });

    it('or the statement takes longer than the server allows: throws what the server says', async () => {
      const pool = open({ statement_timeout: LIMIT_MS });
      const lock = await database.pool.connect();
      await lock.query('BEGIN; LOCK TABLE odometer.events IN ACCESS EXCLUSIVE MODE');
      await expect(readAll(pool, { after: 0, filter })).rejects.toMatchObject({ code: '57014' });
      await lock.query('ROLLBACK');
      lock.release();
      expect((await readAll(pool, { after: 0, filter })).events).toHaveLength(5);
    });
  });
});
