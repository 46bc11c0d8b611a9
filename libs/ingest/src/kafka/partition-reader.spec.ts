import type { UsageRecord } from '@odometer/domain';
import {
  decodeSegment,
  StoreUnavailable,
  type EventStore,
  type NewEvent,
} from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { migrate } from '@odometer/event-store/postgres';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import { OutcomeUnknown } from '../intake/outcome.js';
import { INTAKE_LIMITS } from '../limits.js';
import { kafkaMigrations } from './migrations.js';
import { OffsetLedger, PartitionLost } from './offset-ledger.js';
import { PartitionReader, type Fetched, type Taken } from './partition-reader.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const TOPIC = 'odometer.usage';
const forever = (): boolean => true;

let database: TestDatabase;
let group = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.url, kafkaMigrations);
});
afterAll(() => database.drop());
beforeEach(() => {
  group += 1;
});

/** Offset n holds record tx-n of one of seven customers; some offsets may hold something else. */
function message(offset: number, value?: string, headers: IHeaders = {}): KafkaMessage {
  const sent = { transaction_id: `tx-${offset}`, code: 'calls', customer_id: `c-${offset % 7}` };
  return {
    key: null,
    value: Buffer.from(value ?? JSON.stringify(sent)),
    // Every fifth message has no time of its own, and gets the one that its plan says.
    timestamp: offset % 5 === 0 ? '-1' : String(NOW - 1_000 + offset),
    attributes: 0,
    offset: String(offset),
    headers,
  };
}

/** What a fetch of these offsets brings, both ends included. */
const fetched = (from: number, to: number, end = to + 1): Fetched => ({
  messages: Array.from({ length: to - from + 1 }, (_, at) => message(from + at)),
  lastOffset: to,
  endOffset: end,
});

type Append = EventStore['append'];

/** A log that processes share, and processes that read partition 0 of one group one after the other. */
function world() {
  const store = createInMemoryEventStore();
  const append: Append = store.append.bind(store);
  const faults = { before: 0, after: 0 };
  const buried: Message[] = [];
  const sent: NewEvent[] = [];
  const told = { lost: 0, rewinds: 0, appends: 0 };
  /** What the broker says when it is asked; fetches say it, too. */
  const topic = { end: 0 };
  const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };
  const watched: EventStore = Object.assign(Object.create(store) as EventStore, {
    append: async (...args: Parameters<Append>) => {
      if (faults.before-- > 0) throw new StoreUnavailable('the log is away');
      sent.push(...args[1]);
      const result = await append(...args);
      told.appends += 1;
      if (faults.after-- > 0) throw new StoreUnavailable('the process died here');
      return result;
    },
  });
  const reader = (chunkMessages = 1_000): PartitionReader =>
    new PartitionReader({
      topic: TOPIC,
      partition: 0,
      ledger: new OffsetLedger(database.pool, `group-${group}`, TOPIC),
      log,
      chunkMessages,
      ports: {
        store: watched,
        shards: 4,
        now: () => NOW + told.appends,
        limits: { ...INTAKE_LIMITS, appendAttempts: 1 },
        defaultTenant: 'acme',
        isTenant: (tenant) => Promise.resolve(tenant === 'acme'),
        bury: (letters) => {
          buried.push(...letters);
          return Promise.resolve();
        },
        onRetry: () => undefined,
      },
      onStored: () => undefined,
      offsets: () => Promise.resolve({ oldest: 20, end: topic.end }),
      onLost: (count) => (told.lost += count),
      onRewind: () => (told.rewinds += 1),
    });
  const records = async (): Promise<UsageRecord[]> => {
    const { events } = await store.readAll({ after: 0, limit: 10_000 });
    return events.flatMap(({ data }) => decodeSegment(data as Uint8Array).records);
  };
  /** The offsets that are stored, each as often as it is. */
  const offsets = async (): Promise<number[]> =>
    (await records())
      .map(({ transactionId }) => Number(transactionId.slice(3)))
      .sort((a, b) => a - b);
  return { reader, records, offsets, faults, buried, sent, told, topic };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

const stored = (nextOffset: number): Taken => ({ outcome: 'stored', nextOffset });

describe('a partition', () => {
  it('is stored chunk by chunk, each record once, at the time of its message', async () => {
    const { reader, records, offsets } = world();
    expect(await reader(10).take(fetched(5, 39), forever)).toEqual(stored(40));
    expect(await offsets()).toEqual(range(5, 39));
    const first = (await records()).find(({ transactionId }) => transactionId === 'tx-6');
    expect(first).toMatchObject({ timestamp: NOW - 994, timestampAssigned: true });
  });

  it('goes on where another process stopped, whatever Kafka hands out', async () => {
    const { reader, offsets } = world();
    await reader().take(fetched(0, 9), forever);
    const next = reader();
    expect(await next.take(fetched(0, 4, 30), forever)).toEqual({
      outcome: 'elsewhere',
      nextOffset: 10,
    });
    expect(await next.take(fetched(8, 19), forever)).toEqual(stored(20));
    expect(await offsets()).toEqual(range(0, 19));
  });

  it('is read from where it should be when Kafka skips ahead', async () => {
    const { reader, offsets } = world();
    await reader().take(fetched(0, 9), forever);
    const next = reader();
    expect(await next.take(fetched(15, 19), forever)).toEqual({
      outcome: 'elsewhere',
      nextOffset: 10,
    });
    expect(await next.take(fetched(10, 19), forever)).toEqual(stored(20));
    expect(await offsets()).toEqual(range(0, 19));
  });

  it('ends after the chunk that was begun when it has to', async () => {
    const { reader, offsets } = world();
    let asked = 0;
    const goOn = (): boolean => (asked += 1) <= 2;
    expect(await reader(10).take(fetched(0, 49), goOn)).toEqual(stored(20));
    expect(await offsets()).toEqual(range(0, 19));
  });
});

describe('a process that dies', () => {
  it.each([
    ['before anything is appended', { before: 1 }],
    ['after some segments of a chunk', { after: 2 }],
    ['after all of them, before the offset is written', { after: 100 }],
  ])('%s leaves nothing lost and nothing doubled', async (_, faults) => {
    const one = world();
    const { reader, offsets } = one;
    Object.assign(one.faults, faults);
    await expect(reader(10).take(fetched(0, 34), forever)).rejects.toThrow(OutcomeUnknown);
    Object.assign(one.faults, { before: 0, after: 0 });
    // The next process is handed other batches, and would cut chunks of another size.
    const next = reader(25);
    expect(await next.take(fetched(0, 49), forever)).toEqual(stored(50));
    expect(await offsets()).toEqual(range(0, 49));
  });

  it('is followed by one that waits until it has the whole of what was begun', async () => {
    const one = world();
    one.faults.after = 100;
    await expect(one.reader(20).take(fetched(0, 39), forever)).rejects.toThrow();
    one.faults.after = 0;
    const next = one.reader(20);
    expect(await next.take(fetched(0, 7, 40), forever)).toEqual({
      outcome: 'carried',
      nextOffset: 8,
    });
    expect(await next.take(fetched(8, 15, 40), forever)).toEqual({
      outcome: 'carried',
      nextOffset: 16,
    });
    expect(await next.take(fetched(16, 39), forever)).toEqual(stored(40));
    expect(await one.offsets()).toEqual(range(0, 39));
  });

  it('and comes back can write no more', async () => {
    const { reader, offsets, told } = world();
    const zombie = reader();
    await zombie.take(fetched(0, 9), forever);
    await reader().take(fetched(10, 19), forever);
    const before = told.appends;
    await expect(zombie.take(fetched(10, 19), forever)).rejects.toThrow(PartitionLost);
    expect(told.appends).toBe(before);
    expect(await offsets()).toEqual(range(0, 19));
  });

  it('in the middle of a chunk that another has finished doubles nothing when it wakes up', async () => {
    const one = world();
    one.faults.before = 1;
    const zombie = one.reader();
    await expect(zombie.take(fetched(0, 9), forever)).rejects.toThrow();
    await one.reader().take(fetched(0, 9), forever);
    // It holds the plan still, and appends what it says before it notices.
    await expect(zombie.take(fetched(0, 9), forever)).rejects.toThrow(PartitionLost);
    expect(await one.offsets()).toEqual(range(0, 9));
    // Both said the same to the byte: a store that compares ids only chains the same hashes for both.
    const texts = new Set(one.sent.map((event) => JSON.stringify(event)));
    expect(texts.size).toBe(new Set(one.sent.map(({ eventId }) => eventId)).size);
    expect(one.sent.length).toBeGreaterThan(texts.size);
  });
});

describe('a topic that changed under its reader', () => {
  it('whose messages are gone is read on, and the loss is told', async () => {
    const { reader, offsets, told } = world();
    const one = reader();
    await one.take(fetched(0, 9), forever);
    await one.take(fetched(20, 29), forever);
    expect(await one.take(fetched(20, 29), forever)).toEqual(stored(30));
    expect(told.lost).toBe(10);
    expect(await offsets()).toEqual([...range(0, 9), ...range(20, 29)]);
  });

  it('that was made anew is read from its start, and its records are not taken for the old ones', async () => {
    const { reader, records, told } = world();
    await reader().take(fetched(0, 9), forever);
    const anew = {
      messages: range(0, 4).map((at) =>
        message(
          at,
          JSON.stringify({
            transaction_id: `new-${at}`,
            code: 'calls',
            customer_id: `c-${at % 7}`,
          }),
        ),
      ),
      lastOffset: 4,
      endOffset: 5,
    };
    expect(await reader().take(anew, forever)).toEqual(stored(5));
    expect(told.rewinds).toBe(1);
    expect(
      (await records()).filter(({ transactionId }) => transactionId.startsWith('new-')),
    ).toHaveLength(5);
  });
});

it('buries what is no usage, with its tenant unknown or its JSON broken, and stores the rest', async () => {
  const { reader, offsets, buried } = world();
  const strange = message(2, undefined, { 'odometer-tenant': Buffer.from('nobody') });
  const messages = [message(0), message(1, '{'), strange, message(3)];
  expect(await reader().take({ messages, lastOffset: 3, endOffset: 4 }, forever)).toEqual(
    stored(4),
  );
  expect(await offsets()).toEqual([0, 3]);
  expect(
    buried.map(({ value, headers }) => [
      String(value),
      headers?.['odometer-dead-reason'],
      headers?.['odometer-dead-offset'],
    ]),
  ).toEqual([
    ['{', expect.stringContaining('not valid JSON'), '1'],
    [String(strange.value), 'there is no tenant nobody', '2'],
  ]);
});

it('keeps to the plan of another when a process wakes up with what it fetched long before', async () => {
  const { reader, offsets, faults, told, topic } = world();
  await reader().take(fetched(0, 9), forever);
  faults.after = 1;
  await expect(reader().take(fetched(10, 12), forever)).rejects.toThrow(OutcomeUnknown);
  topic.end = 13;
  const woken = await reader().take(fetched(5, 9), forever);
  expect(woken).toEqual({ outcome: 'elsewhere', nextOffset: 10 });
  await reader().take(fetched(10, 15), forever);
  expect(await offsets()).toEqual(range(0, 15));
  expect(told.rewinds).toBe(0);
});

it('does not read again what others read while a process was frozen', async () => {
  const { reader, offsets, told, topic } = world();
  await reader().take(fetched(0, 12), forever);
  topic.end = 13;
  const woken = await reader().take(fetched(5, 9), forever);
  expect(woken).toEqual({ outcome: 'elsewhere', nextOffset: 13 });
  expect(await offsets()).toEqual(range(0, 12));
  expect(told.rewinds).toBe(0);
});

it('buries a message of several records as it is when one of them is no usage', async () => {
  const { reader, offsets, buried } = world();
  const value = `[ {"transaction_id":"good","code":"calls","customer_id":"c"},\n {"code":""} ]`;
  await reader().take(
    { messages: [message(0, value), message(1)], lastOffset: 1, endOffset: 2 },
    forever,
  );
  expect(await offsets()).toEqual([1]);
  expect(buried).toHaveLength(1);
  expect(String(buried[0]!.value)).toBe(value);
  expect(String(buried[0]!.headers?.['odometer-dead-errors'])).toContain('/1/code');
});

it('a segment has a thousand records at most, and belongs to one stream and one actor', async () => {
  const { reader, told } = world();
  const array = (from: number): string =>
    JSON.stringify(
      range(from, from + 1_499).map((id) => ({
        transaction_id: `tx-${id}`,
        code: 'calls',
        customer_id: 'c-1',
      })),
    );
  const other = message(1, array(1_500), { 'odometer-actor': Buffer.from('key_2') });
  const messages = [message(0, array(0)), other];
  await reader().take({ messages, lastOffset: 1, endOffset: 2 }, forever);
  expect(told.appends).toBe(4);
});
