import { setTimeout as sleep } from 'node:timers/promises';
import { tenantDecider, type Instant } from '@odometer/domain';
import type { EventStore } from '@odometer/event-store';
import {
  createKafkaClient,
  DeadLetterQueue,
  ensureTopics,
  intakeLimits,
  openKafkaDoor,
  startUsageConsumer,
  type ConsumerStats,
  type Intake,
  type KafkaDoor,
  type KafkaDoorStats,
  type UsageConsumer,
} from '@odometer/ingest';
import type pg from 'pg';
import type { Logger } from 'pino';
import { Aggregates } from '../commands/aggregates.js';
import type { Config } from '../config/config.js';
import type { KafkaConfig } from '../config/kafka-config.js';
import type { Shutdown } from './shutdown.js';

/** The part of the intake's queue that may be taken before the topic has to wait: HTTP and Kafka end in one log. */
const ROOM_SHARE = 0.5;

/** How long the metrics wait for the broker to count the dead letters. */
const DEPTH_WAIT_MS = 1_000;

export interface KafkaParts {
  readonly config: Config;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly intake: Intake;
  readonly shutdown: Shutdown;
}

export interface KafkaStats {
  readonly sent: KafkaDoorStats;
  /** Null where this process does not store. */
  readonly stored: ConsumerStats | null;
  /** Messages of the whole topic that wait for a person; null before they were counted first. */
  readonly deadLetters: number | null;
}

/** What this process does with Kafka: a door that writes to the topic, and in the role `ingest` a member of the group that stores it. */
export class KafkaRole {
  private consumer: UsageConsumer | null = null;
  private counting: Promise<void> | null = null;
  private lastDepth: number | null = null;

  private constructor(
    private readonly parts: KafkaParts,
    private readonly config: KafkaConfig,
    readonly door: KafkaDoor,
    private readonly deadLetters: DeadLetterQueue,
  ) {}

  /** Null where Kafka is not configured. Throws KafkaUnavailable when the brokers do not answer. */
  static async open(parts: KafkaParts): Promise<KafkaRole | null> {
    const { kafka: config } = parts.config;
    if (config === null) return null;
    const { log, now, shutdown } = parts;
    const kafka = createKafkaClient({ ...config, log });
    await ensureTopics(kafka, config.topic, config.partitions);
    const door = await openKafkaDoor({ kafka, topic: config.topic, now, log });
    shutdown.add('Kafka producer', () => door.close());
    const deadLetters = new DeadLetterQueue(kafka, config.topic, log);
    return new KafkaRole(parts, config, door, deadLetters);
  }

  /** Begins to store what stands in the topic. The first tenant has to be there. */
  async startStoring(): Promise<void> {
    const { config, log, now, pool, store, intake, shutdown } = this.parts;
    if (!config.roles.has('ingest')) return;
    const { topic, group, defaultTenant, sessionTimeoutMs } = this.config;
    const consumer = await startUsageConsumer({
      kafka: createKafkaClient({ ...this.config, log }),
      pool,
      store,
      topic,
      group,
      defaultTenant,
      sessionTimeoutMs,
      shards: config.usageShards,
      isTenant: knownTenants(new Aggregates(store, now)),
      hasRoom: () => intake.stats().queuedRecords < intakeLimits.QUEUE_RECORDS_MAX * ROOM_SHARE,
      now,
      log,
    });
    this.consumer = consumer;
    shutdown.add('Kafka consumer', () => consumer.stop());
  }

  /** Numbers of this moment. */
  async stats(): Promise<KafkaStats> {
    const stored = this.consumer?.stats();
    return {
      sent: this.door.stats(),
      stored: stored ?? null,
      deadLetters: await this.depth(),
    };
  }

  /** Waits a moment for the broker; without it the last known number is told, so that a broker that is away delays no metrics. */
  private async depth(): Promise<number | null> {
    this.counting ??= this.count();
    await Promise.race([this.counting, sleep(DEPTH_WAIT_MS, undefined, { ref: false })]);
    return this.lastDepth;
  }

  private async count(): Promise<void> {
    try {
      this.lastDepth = await this.deadLetters.depth();
    } catch (error) {
      this.parts.log.warn({ err: error }, 'the dead letters were not counted');
    } finally {
      this.counting = null;
    }
  }
}

/** Whether a tenant exists. One that does is asked for once. */
function knownTenants(aggregates: Aggregates): (tenant: string) => Promise<boolean> {
  const known = new Set<string>();
  return async (tenant) => {
    if (known.has(tenant)) return true;
    const { status } = await aggregates.load(tenantDecider, { kind: 'tenant', tenant });
    if (status === 'created') known.add(tenant);
    return status === 'created';
  };
}
