import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '@odometer/domain';
import type { EventStore } from '@odometer/event-store';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type pg from 'pg';
import { INTAKE_LIMITS } from '../limits.js';
import { RETRY, type KafkaLog } from './client.js';
import { GroupMember } from './group-member.js';
import {
  FETCH_BYTES_MAX,
  FETCH_PARTITION_BYTES_MAX,
  FETCH_WAIT_MS,
  HEARTBEAT_INTERVAL_MS,
  PARTITIONS_AT_ONCE,
  REST_MS_MAX,
  SESSION_TIMEOUT_MS,
} from './limits.js';
import { SteadyProducer } from './steady-producer.js';

export interface UsageConsumerOptions {
  readonly kafka: Kafka;
  /** Keeps the offsets. */
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly topic: string;
  readonly group: string;
  readonly shards: number;
  readonly defaultTenant: string;
  readonly isTenant: (tenant: string) => Promise<boolean>;
  /** False while the process should take nothing more in. */
  readonly hasRoom: () => boolean;
  readonly now: () => Instant;
  readonly log: KafkaLog;
  /** How long a silent member keeps its partitions. */
  readonly sessionTimeoutMs?: number;
  readonly chunkMessages?: number;
}

export interface ConsumerStats {
  readonly messages: number;
  readonly records: number;
  readonly segments: number;
  readonly deadLetters: number;
  readonly rebalances: number;
  /** Times that a partition rested because there was no room, or because storing failed. */
  readonly rests: number;
  readonly failures: number;
  readonly appendRetries: number;
  readonly lostMessages: number;
  readonly rewinds: number;
  /** Messages of each partition that were not read yet when it was last fetched. */
  readonly lag: ReadonlyMap<number, number>;
}

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
      heartbeatInterval: Math.min(HEARTBEAT_INTERVAL_MS, sessionTimeoutMs / 3),
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
    while (!this.closed) {
      await sleep(REST_MS_MAX, undefined, { ref: false });
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
