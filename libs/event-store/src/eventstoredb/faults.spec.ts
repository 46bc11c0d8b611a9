import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import {
  createFaultProxy,
  startEventStoreDbDouble,
  type EventStoreDbDouble,
  type FaultProxy,
} from '@odometer/testing';
import { followUntil, newEvent, newStream } from '../conformance/index.js';
import {
  AppendTooLarge,
  InvalidEvent,
  StoreUnavailable,
  UnknownOutcome,
  type EventStore,
} from '../event-store.js';
import { openConnection } from './connection.js';
import { createEventStoreDbEventStore, EVENTSTOREDB_LIMITS } from './index.js';
import { readHead, readPage, readStream } from './reader.js';

const ANSWER_TIMEOUT_MS = 1_000;

/** Waits until what is asked for is there. */
async function eventually<T>(ask: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  for (const end = Date.now() + 10_000; ;) {
    const found = await ask();
    if (holds(found) || Date.now() > end) return found;
  }
}

describe('a store whose connection breaks', () => {
  let double: EventStoreDbDouble;
  let proxy: FaultProxy;
  let store: EventStore;
  /** Around the proxy. */
  let direct: EventStore;

  beforeEach(async () => {
    double = await startEventStoreDbDouble({ recentIds: 0 });
    proxy = await createFaultProxy(double.url);
    const limits = { answerTimeoutMs: ANSWER_TIMEOUT_MS };
    store = createEventStoreDbEventStore({ connectionString: proxy.url, limits });
    direct = createEventStoreDbEventStore({ connectionString: double.url });
    await store.append(newStream(), [newEvent()], { expectedRevision: 'any' });
  });
  afterEach(async () => {
    proxy.set('pass');
    await store.close();
    await direct.close();
    await proxy.close();
    await double.stop();
  });

  /** A stream whose end the store knows, so that the append is the next thing it sends. */
  const knownStream = async (): Promise<string> => {
    const stream = newStream();
    await store.append(stream, [newEvent({ n: 0 })], { expectedRevision: 'noStream' });
    return stream;
  };

  it.each(['cut answers', 'swallow answers'] as const)(
    'after the commit and before the answer (%s): the identical append tells what became of it',
    async (fault) => {
      const stream = await knownStream();
      const events = [newEvent({ n: 1 }), newEvent({ n: 2 })];
      proxy.set(fault);
      await expect(store.append(stream, events, { expectedRevision: 0 })).rejects.toThrow(
        UnknownOutcome,
      );
      const stored = await eventually(
        () => direct.readStream(stream),
        ({ length }) => length === 3,
      );
      proxy.cut();
      proxy.set('pass');
      const retried = await eventually(
        () => store.append(stream, events, { expectedRevision: 0 }).catch(() => null),
        (result) => result !== null,
      );
      expect(retried).toEqual({
        firstRevision: 1,
        lastRevision: 2,
        position: stored[2]!.position,
        replayed: true,
      });
      expect(await store.readStream(stream)).toEqual(stored);
    },
  );

  it('before the server hears of it: the identical append appends it, once', async () => {
    const stream = await knownStream();
    const events = [newEvent({ n: 1 })];
    proxy.set('cut requests');
    await expect(store.append(stream, events, { expectedRevision: 'any' })).rejects.toThrow(
      UnknownOutcome,
    );
    expect(await direct.readStream(stream)).toHaveLength(1);
    proxy.set('pass');
    const retried = await eventually(
      () => store.append(stream, events, { expectedRevision: 'any' }).catch(() => null),
      (result) => result !== null,
    );
    expect(retried).toMatchObject({ lastRevision: 1, replayed: false });
    expect(await direct.readStream(stream)).toHaveLength(2);
  });

  it('and cannot be made again: nothing was appended, and the store says so', async () => {
    proxy.set('refuse');
    proxy.cut();
    const events = [newEvent()];
    const stream = newStream();
    await expect(
      eventually(
        () => store.append(stream, events, { expectedRevision: 'any' }),
        () => false,
      ),
    ).rejects.toThrow(StoreUnavailable);
    await expect(store.head()).rejects.toThrow(StoreUnavailable);
    expect(await direct.readStream(stream)).toEqual([]);
  });

  it('again and again under a subscription: it resumes without gap or repeat', async () => {
    const start = await store.head();
    const total = 60;
    const writing = (async () => {
      for (let n = 0; n < total; n += 1) {
        await direct.append(newStream(), [newEvent({ n })], { expectedRevision: 'any' });
        if (n % 20 === 5) proxy.cut();
        if (n % 20 === 15) double.dropCalls();
      }
    })();
    // Dropping every call ends the writer's as well; what was on its way is written again by nobody here.
    writing.catch(() => undefined);
    await writing.catch(() => undefined);
    const written = await direct.head();
    const events = await followUntil(
      store,
      { after: start, limit: 7 },
      (seen) => seen.at(-1)?.position === written,
    );
    const all = (await direct.readAll({ after: start })).events;
    expect(events.map(({ position }) => position)).toEqual(all.map(({ position }) => position));
  });

  it('is made into a black hole: everything fails in time, and what comes later works', async () => {
    const start = await direct.head();
    proxy.set('black hole');
    await store.close();
    const limits = { answerTimeoutMs: ANSWER_TIMEOUT_MS };
    store = createEventStoreDbEventStore({ connectionString: proxy.url, limits });
    const startedAt = performance.now();
    const stream = newStream();
    const following = followUntil(store, { after: start }, (seen) => seen.length === 1);
    const failed = await Promise.allSettled([
      store.head(),
      store.readStream(stream),
      store.append(stream, [newEvent()], { expectedRevision: 'any' }),
    ]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(performance.now() - startedAt).toBeLessThan(ANSWER_TIMEOUT_MS * 4);
    // What was swallowed stays swallowed: only new connections get through.
    proxy.set('pass');
    const answer = await eventually(
      () => store.append(stream, [newEvent()], { expectedRevision: 'any' }).catch(() => null),
      (result) => result !== null,
    );
    expect(answer).toMatchObject({ lastRevision: 0, replayed: false });
    expect(await following).toMatchObject([{ streamId: stream }]);
  });

  it('keeps no call that has ended', async () => {
    const connection = openConnection(double.url);
    const streams = await knownStream();
    for (let n = 0; n < 30; n += 1) {
      await readStream(connection, streams, { limit: 1 });
      await readStream(connection, newStream());
      await readHead(connection);
      await readPage(connection, { after: 0, limit: 1 });
    }
    const { disposableStreams } = connection.client as unknown as {
      readonly disposableStreams: Set<unknown>;
    };
    await eventually(
      () => new Promise<number>((resolve) => setTimeout(() => resolve(disposableStreams.size), 20)),
      (size) => size === 0,
    );
    expect(disposableStreams.size).toBe(0);
    await connection.close();
  });
});

describe('what the server does not promise', () => {
  let double: EventStoreDbDouble;
  const opened: EventStore[] = [];
  const open = (limits?: object): EventStore => {
    const store = createEventStoreDbEventStore({
      connectionString: double.url,
      ...(limits === undefined ? {} : { limits }),
    });
    opened.push(store);
    return store;
  };

  beforeAll(async () => {
    double = await startEventStoreDbDouble({ recentIds: 0 });
  });
  afterAll(async () => {
    for (const store of opened) await store.close();
    await double.stop();
  });

  it('an id is known for ever, whoever appended it and whatever is expected now', async () => {
    const stream = newStream();
    const event = newEvent();
    const first = await open().append(stream, [event], { expectedRevision: 'noStream' });
    for (let n = 0; n < 5; n += 1) {
      await open().append(stream, [newEvent({ n })], { expectedRevision: 'any' });
    }
    for (const expectedRevision of ['any', 'noStream', 'exists', 0, 5] as const) {
      const again = await open().append(stream, [event], { expectedRevision });
      expect(again).toEqual({ ...first, replayed: true });
    }
    expect(await open().readStream(stream)).toHaveLength(6);
  });

  it('segments are compared with the newest of their stream', async () => {
    const stream = newStream('usage');
    const segment = () => newEvent(Buffer.from('records'), { type: 'UsageRecorded' });
    const [old, late] = [segment(), segment()];
    const store = open({ segmentLookBack: 4 });
    for (const one of [old, segment(), segment(), segment(), late]) {
      await store.append(stream, [one], { expectedRevision: 'any' });
    }
    const other = open({ segmentLookBack: 4 });
    const again = await other.append(stream, [late], { expectedRevision: 'any' });
    expect(again).toMatchObject({ firstRevision: 4, replayed: true });
    expect((await other.append(stream, [old], { expectedRevision: 'any' })).replayed).toBe(false);
  });

  it('appends of two processes to one stream chain to each other', async () => {
    const stream = newStream();
    const [one, two] = [open(), open()];
    for (let n = 0; n < 10; n += 1) {
      await Promise.all(
        [one, two].map((store) =>
          store.append(stream, [newEvent({ n })], { expectedRevision: 'any' }),
        ),
      );
    }
    expect((await one.readStream(stream)).map(({ revision }) => revision)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
    expect((await one.verify()).faults).toEqual([]);
  });

  it('hundreds of appends in one turn of a new connection are all made', async () => {
    const store = open();
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, n) =>
        store.append(newStream(), [newEvent({ n })], { expectedRevision: 'noStream' }),
      ),
    );
    expect(new Set(results.map(({ position }) => position)).size).toBe(300);
  });

  it('an event is found from just before its position, which no record begins at', async () => {
    const store = open();
    const { position } = await store.append(newStream(), [newEvent({ wanted: true })], {
      expectedRevision: 'noStream',
    });
    const { events } = await store.readAll({ after: position - 1, limit: 1 });
    expect(events).toMatchObject([{ position, data: { wanted: true } }]);
    const [followed] = await followUntil(store, { after: position - 1 }, (seen) => seen.length > 0);
    expect(followed).toMatchObject({ position, data: { wanted: true } });
  });

  it('an append larger than the server takes is refused before it is sent, or by the server', async () => {
    const event = newEvent({ text: 'x'.repeat(EVENTSTOREDB_LIMITS.appendBytes - 100) });
    await expect(open().append(newStream(), [event], { expectedRevision: 'any' })).rejects.toThrow(
      /bytes with metadata, at most 921600 in one append/,
    );
    const huge = newEvent({ text: 'x'.repeat(1_200_000) });
    const trusting = open({ appendBytes: 4_000_000 });
    await expect(trusting.append(newStream(), [huge], { expectedRevision: 'any' })).rejects.toThrow(
      AppendTooLarge,
    );
  });

  it('names of the server are not ours', async () => {
    await expect(
      open().append('$settings', [newEvent()], { expectedRevision: 'any' }),
    ).rejects.toThrow(InvalidEvent);
  });

  it('an event that somebody else wrote stops the reader instead of being skipped', async () => {
    const other = await startEventStoreDbDouble();
    const client = EventStoreDBClient.connectionString(other.url);
    const store = createEventStoreDbEventStore({ connectionString: other.url });
    await client.appendToStream('orders-1', jsonEvent({ type: 'OrderPlaced', data: {} }));
    await expect(store.readAll({ after: 0 })).rejects.toThrow(
      'stream orders-1, revision 0: OrderPlaced was not written by Odometer',
    );
    await client.dispose();
    await store.close();
    await other.stop();
  });

  it('the log of a new server is empty, whatever the server wrote for itself', async () => {
    const other = await startEventStoreDbDouble();
    const store = createEventStoreDbEventStore({ connectionString: other.url });
    expect(await store.head()).toBe(0);
    expect(await store.readAll({ after: 0 })).toEqual({ events: [], position: 0 });
    expect(await store.verify()).toEqual({ events: 0, streams: 0, faults: [] });
    await store.close();
    await other.stop();
  });
});
