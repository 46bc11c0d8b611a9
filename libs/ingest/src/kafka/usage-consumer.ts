import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { INTAKE_LIMITS } from '../limits.js';
import { RETRY } from './client.js';
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
  await consumer.open();
  return {
    stats: () => member.stats(),
    stop: async () => {
      await consumer.close();
      member.close();
      await producer.close();
    },
  };
}

/** A kafkajs consumer that is made again when it has crashed for good. */
class KeptConsumer {
  private current: Consumer | null = null;
  private closed = false;

  constructor(
    private readonly options: UsageConsumerOptions,
    private readonly member: GroupMember,
  ) {}

  async open(): Promise<void> {
    const { kafka, group, topic, sessionTimeoutMs = SESSION_TIMEOUT_MS } = this.options;
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatInterval(sessionTimeoutMs),
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytes: FETCH_BYTES_MAX,
      maxBytesPerPartition: FETCH_PARTITION_BYTES_MAX,
      allowAutoTopicCreation: false,
      retry: RETRY,
    });
    this.current = consumer;
    consumer.on(consumer.events.GROUP_JOIN, () => this.member.joined());
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.options.log.error(
        { err: payload.error, restart: payload.restart },
        'the Kafka consumer broke',
      );
      if (!payload.restart) void this.reopen();
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload: EachBatchPayload) => this.member.take(consumer, payload),
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.current?.disconnect();
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
