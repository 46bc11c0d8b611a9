import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { KafkaUnavailable, RETRY, type KafkaLog } from './client.js';
import { readLetter, revived, type DeadLetter } from './dead-letter.js';
import { FETCH_WAIT_MS } from './limits.js';
import { SteadyProducer } from './steady-producer.js';
import { deadLetterGroup, deadLetterTopic, reasonOf, withAdmin } from './topics.js';

/** Offsets of the dead letters that wait: from, and up to but without. */
interface Waiting {
  readonly from: number;
  readonly to: number;
}

/** The topic has one partition: dead letters are few, and are read by people. */
const PARTITION = 0;

/** The dead letters of a usage topic. */
export class DeadLetterQueue {
  private readonly topic: string;
  private readonly group: string;

  constructor(
    private readonly kafka: Kafka,
    private readonly usageTopic: string,
    private readonly log: KafkaLog,
  ) {
    this.topic = deadLetterTopic(usageTopic);
    this.group = deadLetterGroup(usageTopic);
  }

  /** How many wait. Throws KafkaUnavailable. */
  async depth(): Promise<number> {
    const { from, to } = await this.waiting();
    return to - from;
  }

  /** The oldest that wait, at most `limit`. */
  async list(limit: number): Promise<readonly DeadLetter[]> {
    const { from, to } = await this.waiting();
    const letters: DeadLetter[] = [];
    const group = `${this.group}.reader-${randomUUID()}`;
    const end = Math.min(to, from + limit);
    if (from >= end) return letters;
    await this.read({ group, from, to: end }, (message) => {
      letters.push(readLetter(message));
      return Promise.resolve();
    });
    await withAdmin(this.kafka, (admin) => admin.deleteGroups([group]));
    return letters;
  }

  /** The one at this offset, if it waits. */
  async find(offset: number): Promise<DeadLetter | null> {
    const { from, to } = await this.waiting();
    if (offset < from || offset >= to) return null;
    const letters = await this.list(offset - from + 1);
    return letters.find((letter) => letter.offset === offset) ?? null;
  }

  /**
   * Sends the oldest letters that wait, at most `limit`, to the topic that they came from, as they were at first, and counts them as dealt with.
   * A crash in between sends the last one again, which counts once. Answers how many were sent.
   */
  async replay(limit: number): Promise<number> {
    const { from, to } = await this.waiting();
    if (from === to) return 0;
    const producer = await SteadyProducer.connect(this.kafka, this.log);
    let sent = 0;
    try {
      const end = Math.min(to, from + limit);
      await this.read({ group: this.group, from, to: end }, async (message, commit) => {
        const letter = readLetter(message);
        await producer.send(letter.source.topic || this.usageTopic, [revived(letter)]);
        await commit();
        sent += 1;
      });
    } finally {
      await producer.close();
    }
    return sent;
  }

  private waiting(): Promise<Waiting> {
    const { topic, group: groupId } = this;
    return withAdmin(this.kafka, async (admin) => {
      const [bounds] = await admin.fetchTopicOffsets(topic);
      const [handled] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const oldest = Number(bounds?.low ?? 0);
      const done = Number(handled?.partitions[PARTITION]?.offset ?? -1);
      const to = Number(bounds?.high ?? 0);
      return { from: Math.min(Math.max(oldest, done), to), to };
    });
  }

  private async read(
    { group, from, to }: Waiting & { readonly group: string },
    handle: (message: KafkaMessage, commit: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    if (from >= to) return;
    const consumer = this.kafka.consumer({
      groupId: group,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      retry: RETRY,
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [this.topic], fromBeginning: true });
      await this.readUntil(consumer, { from, to }, handle);
    } catch (error) {
      throw new KafkaUnavailable(`the dead letters cannot be read: ${reasonOf(error)}`, {
        cause: error,
      });
    } finally {
      await consumer.disconnect();
    }
  }

  private readUntil(
    consumer: Consumer,
    { from, to }: Waiting,
    handle: (message: KafkaMessage, commit: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const { topic } = this;
    let next = from;
    return new Promise((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const running = consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async ({ batch, ...payload }) => {
          for (const message of batch.messages) {
            const offset = Number(message.offset);
            if (offset < next) continue;
            if (offset >= to) break;
            const commit = (): Promise<void> =>
              consumer.commitOffsets([{ topic, partition: PARTITION, offset: String(offset + 1) }]);
            await handle(message, commit).catch((error: Error) => {
              reject(error);
              throw error;
            });
            next = offset + 1;
            payload.resolveOffset(message.offset);
            await payload.heartbeat();
          }
          if (next >= to || Number(batch.lastOffset()) >= to - 1) resolve();
        },
      });
      running.catch(reject);
      consumer.seek({ topic, partition: PARTITION, offset: String(from) });
    });
  }
}
