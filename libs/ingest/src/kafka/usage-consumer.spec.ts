import { setTimeout as sleep } from 'node:timers/promises';
import { decodeSegment } from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { migrate } from '@odometer/event-store/postgres';
import {
  createFaultProxy,
  createTestDatabase,
  describeWithKafka,
  freePort,
  KafkaBroker,
  type FaultProxy,
  type TestDatabase,
} from '@odometer/testing';
import { logLevel, Kafka } from 'kafkajs';
import { createClient } from './client.js';
import { REQUEST_TIMEOUT_MS } from './limits.js';
import { kafkaMigrations } from './migrations.js';
import { ensureTopics } from './topics.js';
import { startUsageConsumer, type UsageConsumer } from './usage-consumer.js';

const TOPIC = 'usage';
/** The least that brokers take. */
const SESSION_MS = 6_000;
const silentLog = { debug: () => undefined, warn: () => undefined, error: () => undefined };

await describeWithKafka('a consumer of usage whose connections die without a word', () => {
  let database: TestDatabase;
  let proxy: FaultProxy;
  let broker: KafkaBroker;
  let consumer: UsageConsumer;
  const store = createInMemoryEventStore();

  beforeAll(async () => {
    const port = await freePort();
    [database, proxy] = await Promise.all([
      createTestDatabase(),
      createFaultProxy(`tcp://127.0.0.1:${port}`),
    ]);
    await migrate(database.url, kafkaMigrations);
    broker = await KafkaBroker.start({ port, advertisedPort: Number(new URL(proxy.url).port) });
    const kafka = createClient({
      brokers: [broker.address],
      ssl: false,
      sasl: null,
      log: silentLog,
    });
    await ensureTopics(kafka, TOPIC, 1);
    consumer = await startUsageConsumer({
      kafka,
      store,
      pool: database.pool,
      topic: TOPIC,
      group: 'g',
      shards: 1,
      defaultTenant: 'acme',
      isTenant: () => Promise.resolve(true),
      hasRoom: () => true,
      now: Date.now,
      log: silentLog,
      sessionTimeoutMs: SESSION_MS,
    });
  }, 120_000);
  afterAll(async () => {
    await consumer.stop();
    await store.close();
    await broker.remove();
    await proxy.close();
    await database.drop();
  }, 60_000);

  async function send(id: string): Promise<void> {
    const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const value = JSON.stringify({ transaction_id: id, code: 'calls', customer_id: 'c' });
    await producer.send({ topic: TOPIC, messages: [{ value }] });
    await producer.disconnect();
  }

  async function stored(): Promise<string[]> {
    const { events } = await store.readAll({ after: 0, filter: [{ types: ['UsageRecorded'] }] });
    const records = events.flatMap(({ data }) => decodeSegment(data as Uint8Array).records);
    return records.map(({ transactionId }) => transactionId);
  }

  /** Milliseconds until that many are stored. */
  async function timeUntil(count: number, limitMs: number): Promise<number> {
    const startedAt = performance.now();
    while ((await stored()).length < count) {
      if (performance.now() - startedAt > limitMs) throw new Error(`not within ${limitMs} ms`);
      await sleep(50);
    }
    return performance.now() - startedAt;
  }

  it('is replaced, and reads on when the group has missed the old one', async () => {
    await send('before');
    await timeUntil(1, 30_000);
    proxy.set('black hole');
    // Every connection asks something by then, and what is asked now is never answered.
    await sleep(2_000);
    proxy.set('pass');
    await send('after');
    const ms = await timeUntil(2, REQUEST_TIMEOUT_MS + SESSION_MS + 8_000);
    process.stderr.write(`usage was read on after ${Math.round(ms)} ms\n`);
    expect(await stored()).toEqual(['before', 'after']);
    expect(consumer.stats().replaced).toBe(1);
  }, 120_000);
});
