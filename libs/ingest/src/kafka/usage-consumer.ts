import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { INTAKE_LIMITS } from '../limits.js';
import { KafkaUnavailable, RETRY } from './client.js';
import type { ConsumerStats, UsageConsumerOptions } from './consumer-options.js';
import { GroupMember } from './group-member.js';
import {
  FETCH_BYTES_MAX,
  FETCH_PARTITION_BYTES_MAX,
  FETCH_WAIT_MS,
  heartbeatInterval,
  PARTITIONS_AT_ONCE,
  REST_MS,
  REST_MS_MAX,
  SESSION_TIMEOUT_MS,
} from './limits.js';
import { SteadyProducer } from './steady-producer.js';
import { reasonOf } from './topics.js';

export interface UsageConsumer {
  stats(): ConsumerStats;
  /** Finishes the chunks that were begun, and leaves the group. */
  stop(): Promise<void>;
}

/** Stores the usage of the topic in the log, as one member of a group, until it is stopped. Throws KafkaUnavailable when it cannot begin. */
export async function startUsageConsumer(options: UsageConsumerOptions): Promise<UsageConsumer> {
  const producer = await SteadyProducer.connect(options.kafka, options.log);
  const member = new GroupMember(options, producer, INTAKE_LIMITS);
  const consumer = new KeptConsumer(options, member);
  try {
    await consumer.open();
  } catch (error) {
    await producer.close();
    throw new KafkaUnavailable(`usage cannot be read from Kafka: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return {
    stats: () => member.stats(),
    stop: async () => {
      await consumer.close();
      member.close();
      await producer.close();
    },
  };
}

/**
 * A kafkajs consumer that is made again when it has crashed for good, and when a request is not answered: kafkajs asks again on the same connection
 * until its retries are used up, which takes a minute or more, and on a connection that died without a word no answer ever comes. The partitions are
 * read on when the group has missed the old consumer for its session timeout. What that one still stores is fenced by the ledger.
 */
class KeptConsumer {
  private current: Consumer | null = null;
  private closed = false;

  constructor(
    private readonly options: UsageConsumerOptions,
    private readonly member: GroupMember,
  ) {}

  async open(): Promise<void> {
    const consumer = this.newConsumer();
    this.current = consumer;
    const silent = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => {
        reject(new Error(`${payload.broker} did not answer ${payload.apiName} in time`));
      });
    });
    try {
      await Promise.race([this.begin(consumer), silent]);
    } catch (error) {
      this.leave(consumer);
      throw error;
    }
    silent.catch((error: unknown) => this.replace(consumer, error));
  }

  async close(): Promise<void> {
    this.closed = true;
    const { current } = this;
    this.current = null;
    await current?.disconnect();
  }

  private newConsumer(): Consumer {
    const { kafka, group, sessionTimeoutMs = SESSION_TIMEOUT_MS } = this.options;
    const consumer: Consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatInterval(sessionTimeoutMs),
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytes: FETCH_BYTES_MAX,
      maxBytesPerPartition: FETCH_PARTITION_BYTES_MAX,
      allowAutoTopicCreation: false,
      retry: { ...RETRY, restartOnFailure: () => Promise.resolve(this.current === consumer) },
    });
    consumer.on(consumer.events.GROUP_JOIN, () => this.member.joined());
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (this.current !== consumer) return;
      this.options.log.error(
        { err: payload.error, restart: payload.restart },
        'the Kafka consumer broke',
      );
      if (!payload.restart) void this.reopen();
    });
    return consumer;
  }

  /** One that is left meanwhile goes no further. */
  private async begin(consumer: Consumer): Promise<void> {
    const { topic } = this.options;
    await consumer.connect();
    if (this.current !== consumer) return;
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    if (this.current !== consumer) return;
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload: EachBatchPayload) => this.member.take(consumer, payload),
    });
  }

  private replace(consumer: Consumer, error: unknown): void {
    if (this.closed || this.current !== consumer) return;
    this.member.replaced();
    this.options.log.warn({ err: error }, 'the Kafka consumer is replaced');
    this.leave(consumer);
    void this.reopen();
  }

  /** Does not wait: on a dead connection that takes long, too. */
  private leave(consumer: Consumer): void {
    if (this.current === consumer) this.current = null;
    consumer.disconnect().catch((error: unknown) => {
      this.options.log.debug({ err: error }, 'a consumer did not disconnect');
    });
  }

  private async reopen(): Promise<void> {
    for (let delayMs = REST_MS; !this.closed; delayMs = Math.min(delayMs * 2, REST_MS_MAX)) {
      await sleep(delayMs, undefined, { ref: false });
      if (this.closed) return;
      try {
        await this.open();
        return;
      } catch (error) {
        this.options.log.error({ err: error }, 'the Kafka consumer cannot begin again yet');
      }
    }
  }
}
