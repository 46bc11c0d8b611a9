import { describeWithKafka, KafkaBroker } from '@odometer/testing';
import type { EachMessagePayload, Kafka } from 'kafkajs';
import { createClient } from './client.js';
import { ensureTopics, withAdmin } from './topics.js';
import { openKafkaDoor, type KafkaDoor } from './usage-door.js';

const TOPIC = 'usage';
const ORIGIN = { tenant: 'acme', actor: 'key_1' };
const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };

await describeWithKafka('the door to a topic', () => {
  let broker: KafkaBroker;
  let kafka: Kafka;
  let door: KafkaDoor;

  beforeAll(async () => {
    broker = await KafkaBroker.start();
    kafka = createClient({ brokers: [broker.address], ssl: false, sasl: null, log });
    await ensureTopics(kafka, TOPIC, 6);
    door = await openKafkaDoor({ kafka, topic: TOPIC, now: Date.now, log });
  }, 120_000);
  afterAll(async () => {
    await door.close();
    await broker.remove();
  }, 60_000);

  const send = (prefix: string, count: number) =>
    door.acceptBatch(ORIGIN, {
      records: Array.from({ length: count }, (_, n) => ({
        transactionId: `${prefix}-${n}`,
        code: 'calls',
        customerId: `c-${n % 300}`,
        timestamp: 1_700_000_000_000,
      })),
      bytes: Array.from({ length: count }, () => 100),
    });

  const messages = (): Promise<number[]> =>
    withAdmin(kafka, async (admin) => {
      const partitions = await admin.fetchTopicOffsets(TOPIC);
      return partitions.map(({ high }) => Number(high));
    });

  it('writes a request as one message for each partition', async () => {
    expect(await send('a', 1_000)).toEqual({ accepted: 1_000, position: null });
    expect(await messages()).toEqual([1, 1, 1, 1, 1, 1]);
    expect(door.stats()).toMatchObject({ sentRecords: 1_000, queuedRecords: 0 });
  }, 60_000);

  it('loses nothing when the topic is made anew with fewer partitions', async () => {
    await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [TOPIC] }));
    await ensureTopics(kafka, TOPIC, 2);
    // What is not confirmed a client sends again.
    let answer = null;
    for (let attempt = 0; attempt < 10 && answer === null; attempt += 1) {
      answer = await send('b', 1_000).catch(() => null);
    }
    expect(answer).toEqual({ accepted: 1_000, position: null });
    const count = (await messages()).reduce((sum, one) => sum + one);
    const wanted = Array.from({ length: 1_000 }, (_, n) => `b-${n}`);
    expect(await idsIn(count)).toEqual(new Set(wanted));
  }, 120_000);

  /** The transaction ids in so many messages. */
  async function idsIn(count: number): Promise<Set<string>> {
    const consumer = kafka.consumer({ groupId: 'reader' });
    const ids = new Set<string>();
    let read = 0;
    await consumer.connect();
    await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const eachMessage = ({ message }: EachMessagePayload): Promise<void> => {
        const records = JSON.parse(String(message.value)) as { transaction_id: string }[];
        for (const { transaction_id: id } of records) ids.add(id);
        read += 1;
        if (read === count) resolve();
        return Promise.resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await consumer.disconnect();
    return ids;
  }
});
