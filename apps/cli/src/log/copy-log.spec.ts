import type { EventStore } from '@odometer/event-store';
import { newEvent } from '@odometer/event-store/conformance';
import { createEventStoreDbEventStore } from '@odometer/event-store/eventstoredb';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import {
  createTestDatabase,
  startEventStoreDbDouble,
  type EventStoreDbDouble,
  type TestDatabase,
} from '@odometer/testing';
import { CommandRefused } from '../failure.js';
import { openStore, type OpenStore } from '../stores.js';
import { compareLogs, copyLog } from './copy-log.js';

const EVENTS = 90;

/** Three streams, interleaved, one of them with bytes. */
async function fill(store: EventStore): Promise<void> {
  for (let n = 0; n < EVENTS / 3; n += 1) {
    const any = { expectedRevision: 'any' } as const;
    await store.append('meter-default-calls', [newEvent({ n, text: 'Zürich\u0000' })], any);
    await store.append('plan-default-pro', [newEvent({ price: 1e21, n: -0.5 })], any);
    const bytes = Buffer.from(`segment ${n}`);
    await store.append('usage-default-0', [newEvent(bytes, { type: 'UsageRecorded' })], any);
  }
}

const without = async (store: EventStore): Promise<object[]> =>
  (await store.readAll({ after: 0 })).events.map(({ position: _, data, ...event }) => ({
    ...event,
    data: data instanceof Uint8Array ? Buffer.from(data).toString('hex') : data,
  }));

describe('copying a log', () => {
  let database: TestDatabase;
  let double: EventStoreDbDouble;
  let postgres: OpenStore;
  let eventStoreDb: EventStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    double = await startEventStoreDbDouble();
    postgres = openStore(database.url);
    await postgres.prepare();
    eventStoreDb = createEventStoreDbEventStore({ connectionString: double.url });
    await fill(postgres.store);
  });
  afterAll(async () => {
    await postgres.close();
    await eventStoreDb.close();
    await double.stop();
    await database.drop();
  });

  it('stops between two appends, and goes on where it was', async () => {
    const stop = new AbortController();
    const first = await copyLog({
      from: postgres.store,
      to: eventStoreDb,
      signal: stop.signal,
      onProgress: (position) => position >= 40 && stop.abort(),
    });
    expect(first).toEqual({ found: 0, appended: 40, stopped: true });
    const second = await copyLog({ from: postgres.store, to: eventStoreDb });
    expect(second).toEqual({ found: 40, appended: EVENTS - 40, stopped: false });
    const third = await copyLog({ from: postgres.store, to: eventStoreDb });
    expect(third).toEqual({ found: EVENTS, appended: 0, stopped: false });
  });

  it('keeps everything but positions: order, streams, revisions, ids, data, metadata, hashes', async () => {
    expect(await without(eventStoreDb)).toEqual(await without(postgres.store));
    expect(await compareLogs({ from: postgres.store, to: eventStoreDb })).toEqual({
      events: EVENTS,
      streams: 3,
    });
  });

  it('works in the other direction, and copies what was added since', async () => {
    const back = createInMemoryEventStore();
    await copyLog({ from: eventStoreDb, to: back });
    await eventStoreDb.append('meter-default-new', [newEvent()], { expectedRevision: 'noStream' });
    expect(await copyLog({ from: eventStoreDb, to: back })).toEqual({
      found: EVENTS,
      appended: 1,
      stopped: false,
    });
    expect((await compareLogs({ from: eventStoreDb, to: back })).events).toBe(EVENTS + 1);
  });

  it('refuses a target with a history of its own', async () => {
    const other = createInMemoryEventStore();
    await other.append('plan-default-other', [newEvent()], { expectedRevision: 'noStream' });
    await expect(copyLog({ from: postgres.store, to: other })).rejects.toThrow(
      /the logs differ at plan-default-other @ 0 .* the source has meter-default-calls @ 0/,
    );
    const longer = createInMemoryEventStore();
    await copyLog({ from: postgres.store, to: longer });
    await longer.append('plan-default-other', [newEvent()], { expectedRevision: 'noStream' });
    await expect(copyLog({ from: postgres.store, to: longer })).rejects.toThrow(
      'the source ends before it',
    );
    await expect(compareLogs({ from: postgres.store, to: longer })).rejects.toThrow(CommandRefused);
  });

  it('names the event that the target cannot take', async () => {
    const from = createInMemoryEventStore();
    await from.append('invoice-default-1', [newEvent({ lines: 'x'.repeat(1_500_000) })], {
      expectedRevision: 'noStream',
    });
    const other = await startEventStoreDbDouble();
    const to = createEventStoreDbEventStore({ connectionString: other.url });
    await expect(copyLog({ from, to })).rejects.toThrow(
      /^invoice-default-1 @ 0 \(.*\) cannot be copied: .* at most 921600 in one append$/,
    );
    await to.close();
    await other.stop();
  });
});
