import {
  createFaultProxy,
  createTestDatabase,
  type FaultProxy,
  type TestDatabase,
} from '@odometer/testing';
import type { Decider } from '@odometer/domain';
import { newEvent, newStream } from '../conformance/index.js';
import { StoreUnavailable, UnknownOutcome, type EventStore } from '../event-store.js';
import { handle } from '../handle.js';
import { createPostgresEventStore, eventStoreMigrations, migrate } from './index.js';
import { LogListener } from './log-listener.js';

interface ClockEvent {
  readonly type: 'TestClockAdvanced';
  readonly data: { readonly code: string; readonly now: string };
}

/** Counts its events; every command is one. */
const counter: Decider<number, null, ClockEvent> = {
  initialState: () => 0,
  decide: () => [{ type: 'TestClockAdvanced', data: { code: 'c', now: '2001-01-01T00:00:00Z' } }],
  evolve: (state) => state + 1,
};

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('a store whose connection breaks', () => {
  let database: TestDatabase;
  let proxy: FaultProxy;
  let store: EventStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, eventStoreMigrations);
    proxy = await createFaultProxy(database.url);
  });
  afterAll(async () => {
    await proxy.close();
    await database.drop();
  });
  beforeEach(async () => {
    proxy.set('pass');
    store = createPostgresEventStore({
      pool: database.pool,
      connectionString: proxy.url,
      limits: { answerTimeoutMs: 500, connectAttempts: 2 },
    });
    await store.append(newStream(), [newEvent()], { expectedRevision: 'any' });
  });
  afterEach(() => store.close());

  it('after the commit and before the answer: the outcome is unknown, and the identical append tells', async () => {
    const stream = newStream();
    const events = [newEvent({ n: 0 }), newEvent({ n: 1 })];
    proxy.set('cut answers');
    await expect(store.append(stream, events, { expectedRevision: 'noStream' })).rejects.toThrow(
      UnknownOutcome,
    );
    expect(await store.readStream(stream)).toHaveLength(2);
    proxy.set('pass');
    const retried = await store.append(stream, events, { expectedRevision: 'noStream' });
    expect(retried).toMatchObject({ firstRevision: 0, lastRevision: 1, replayed: true });
    expect(await store.readStream(stream)).toHaveLength(2);
  });

  it('before the server heard of it: the outcome is unknown, and the identical append appends', async () => {
    const stream = newStream();
    const events = [newEvent()];
    proxy.set('cut requests');
    await expect(store.append(stream, events, { expectedRevision: 'noStream' })).rejects.toThrow(
      UnknownOutcome,
    );
    proxy.set('pass');
    const retried = await store.append(stream, events, { expectedRevision: 'noStream' });
    expect(retried).toMatchObject({ firstRevision: 0, replayed: false });
  });

  it('silently: the outcome is unknown after the time allowed for an answer', async () => {
    const stream = newStream();
    const events = [newEvent()];
    proxy.set('swallow answers');
    await expect(store.append(stream, events, { expectedRevision: 'noStream' })).rejects.toThrow(
      UnknownOutcome,
    );
    proxy.set('pass');
    const retried = await store.append(stream, events, { expectedRevision: 'noStream' });
    expect(retried.replayed).toBe(true);
  });

  it('while idle: the next append makes a new connection', async () => {
    proxy.cut();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const result = await store.append(newStream(), [newEvent()], { expectedRevision: 'any' });
    expect(result.lastRevision).toBe(0);
  });

  it('and stays away: the append is refused, certainly not done, and works again later', async () => {
    const stream = newStream();
    proxy.set('refuse');
    proxy.cut();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(
      store.append(stream, [newEvent()], { expectedRevision: 'noStream' }),
    ).rejects.toThrow(StoreUnavailable);
    proxy.set('pass');
    await store.append(stream, [newEvent()], { expectedRevision: 'noStream' });
    expect(await store.readStream(stream)).toHaveLength(1);
  });

  it('in the middle of many appends: each is done once after its retry', async () => {
    const streams = Array.from({ length: 40 }, () => newStream());
    const results = await Promise.all(
      streams.map(async (stream, n) => {
        const events = [newEvent({ n })];
        if (n === 20) setTimeout(() => proxy.cut(), 1);
        for (;;) {
          try {
            return await store.append(stream, events, { expectedRevision: 'noStream' });
          } catch (error) {
            if (!(error instanceof UnknownOutcome)) throw error;
          }
        }
      }),
    );
    expect(new Set(results.map(({ position }) => position)).size).toBe(40);
    expect((await store.verify()).faults).toEqual([]);
  });

  it('under a command: handle retries the identical append and the command happens once', async () => {
    const streamId = newStream('clock');
    const options = { streamId, tenant: 'default', now: 0 };
    await handle(store, counter, null, options);
    proxy.set('cut answers');
    setTimeout(() => proxy.set('pass'), 30);
    const handled = await handle(store, counter, null, options);
    expect(handled).toMatchObject({ revision: 1, state: 2 });
    expect(await store.readStream(streamId)).toHaveLength(2);
  });

  it('under a subscription: notifications come again, and nothing is missed or repeated', async () => {
    const start = await store.head();
    const stop = new AbortController();
    const positions: number[] = [];
    const following = (async () => {
      for await (const page of store.subscribe({ after: start, signal: stop.signal })) {
        positions.push(...page.events.map(({ position }) => position));
      }
    })();
    const other = createPostgresEventStore({
      pool: database.pool,
      connectionString: database.url,
    });
    for (let n = 0; n < 30; n += 1) {
      await other.append(newStream(), [newEvent({ n })], { expectedRevision: 'any' });
      if (n % 10 === 5) proxy.cut();
    }
    while (positions.length < 30) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await following;
    await other.close();
    expect(positions).toEqual(Array.from({ length: 30 }, (_, n) => start + 1 + n));
  });

  it('under the listener, silently: it is noticed, and commits of others are heard of again', async () => {
    const heads: number[] = [];
    const listener = new LogListener(proxy.url, (position) => heads.push(position), 100);
    listener.start();
    await eventually(() => heads.length > 0);
    proxy.set('black hole');
    await new Promise((resolve) => setTimeout(resolve, 150));
    proxy.set('pass');
    const other = createPostgresEventStore({
      pool: database.pool,
      connectionString: database.url,
    });
    const { position } = await other.append(newStream(), [newEvent()], { expectedRevision: 'any' });
    await eventually(() => heads.includes(position));
    await listener.close();
    await other.close();
  });
});
