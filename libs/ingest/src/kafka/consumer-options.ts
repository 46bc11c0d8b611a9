import type { Instant } from '@odometer/domain';
import type { EventStore } from '@odometer/event-store';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import type { KafkaLog } from './client.js';

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
  /** Consumers that were given up since the start, because the broker did not answer. */
  readonly replaced: number;
  /** Times that a partition rested because there was no room, or because storing failed. */
  readonly rests: number;
  readonly failures: number;
  readonly appendRetries: number;
  readonly lostMessages: number;
  readonly rewinds: number;
  /** Messages of each partition that were not read yet when it was last fetched. */
  readonly lag: ReadonlyMap<number, number>;
}
