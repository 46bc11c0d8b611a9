import type { Instant } from '@odometer/domain';
import type { Kafka } from 'kafkajs';
import type { Origin } from '../intake/append-segment.js';
import type { Batch } from '../intake/cut.js';
import { IntakeClosed, IntakeFull, OutcomeUnknown } from '../intake/outcome.js';
import { QueueBudget } from '../intake/queue-budget.js';
import { INTAKE_LIMITS, RETRY_AFTER_SECONDS, type IntakeLimits } from '../limits.js';
import type { ReadRecord } from '../record/read-record.js';
import { KafkaUnavailable, type KafkaLog } from './client.js';
import { PARTITIONS_AGE_MS } from './limits.js';
import { Outbox } from './outbox.js';
import { SteadyProducer } from './steady-producer.js';
import { partitionsOf } from './topics.js';
import { messagesOf } from './usage-messages.js';

/** What a sender is told of one record. The position is null when the record is not in the log yet. */
export interface TakenOne {
  readonly position: number | null;
  readonly status: 'accepted' | 'duplicate';
}

export interface TakenBatch {
  readonly accepted: number;
  readonly position: number | null;
}

/** Where usage comes in: straight into the log, or into a topic from where others store it. Durable when it answers. */
export interface UsageDoor {
  acceptOne(origin: Origin, read: ReadRecord): Promise<TakenOne>;
  acceptBatch(origin: Origin, batch: Batch): Promise<TakenBatch>;
  /** Of a door that can take a batch from its bytes; see `Intake`. */
  acceptBody?(
    origin: Origin,
    chunks: readonly Buffer[],
    receivedAt: Instant,
  ): Promise<TakenBatch> | undefined;
}

export interface KafkaDoorStats {
  readonly queuedRecords: number;
  readonly sentRecords: number;
  readonly failedRecords: number;
  readonly refusals: number;
  readonly producersReplaced: number;
}

export interface KafkaDoor extends UsageDoor {
  /** Takes nothing more in, and resolves when all that was taken in is confirmed or has failed. */
  close(): Promise<void>;
  stats(): KafkaDoorStats;
}

export interface KafkaDoorOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly now: () => Instant;
  readonly log: KafkaLog;
  readonly limits?: Partial<IntakeLimits>;
}

/**
 * Writes usage to the topic, a subject's records always to the same partition, so that they stay in order. Throws KafkaUnavailable when the
 * brokers cannot be reached; afterwards IntakeFull, IntakeClosed and OutcomeUnknown as the intake does.
 */
export async function openKafkaDoor(options: KafkaDoorOptions): Promise<KafkaDoor> {
  const partitions = await partitionsOf(options.kafka, options.topic);
  if (partitions === 0) throw new KafkaUnavailable(`there is no topic ${options.topic}`);
  const producer = await SteadyProducer.connect(options.kafka, options.log);
  return new ProducingDoor(producer, options, partitions);
}

class ProducingDoor implements KafkaDoor {
  private readonly outbox: Outbox;
  private readonly budget: QueueBudget;
  private readonly counts = { sentRecords: 0, failedRecords: 0, refusals: 0 };
  private readonly underWay = new Set<Promise<unknown>>();
  private closed = false;
  private countedAt = performance.now();

  constructor(
    private readonly producer: SteadyProducer,
    private readonly options: KafkaDoorOptions,
    private partitions: number,
  ) {
    this.budget = new QueueBudget({ ...INTAKE_LIMITS, ...options.limits });
    this.outbox = new Outbox((messages) => producer.send(options.topic, messages));
  }

  async acceptOne(origin: Origin, { record, bytes }: ReadRecord): Promise<TakenOne> {
    await this.take(origin, { records: [record], bytes: [bytes] });
    return { position: null, status: 'accepted' };
  }

  async acceptBatch(origin: Origin, batch: Batch): Promise<TakenBatch> {
    await this.take(origin, batch);
    return { accepted: batch.records.length, position: null };
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.underWay);
    await this.producer.close();
  }

  stats(): KafkaDoorStats {
    const { replaced: producersReplaced } = this.producer;
    return { queuedRecords: this.budget.load.records, ...this.counts, producersReplaced };
  }

  private async take(origin: Origin, batch: Batch): Promise<void> {
    if (this.closed) throw new IntakeClosed();
    if (performance.now() - this.countedAt > PARTITIONS_AGE_MS) void this.countPartitions();
    const { partitions } = this;
    const outgoing = messagesOf(origin, batch, { now: this.options.now(), partitions });
    const load = {
      records: batch.records.length,
      bytes: outgoing.reduce((sum, { bytes }) => sum + bytes, 0),
    };
    if (!this.budget.take(origin.tenant, load)) {
      this.counts.refusals += 1;
      throw new IntakeFull(RETRY_AFTER_SECONDS);
    }
    const sending = this.outbox.add(outgoing);
    this.underWay.add(sending);
    try {
      await sending;
      this.counts.sentRecords += load.records;
    } catch (error) {
      this.counts.failedRecords += load.records;
      throw new OutcomeUnknown({ cause: error });
    } finally {
      this.underWay.delete(sending);
      this.budget.release(origin.tenant, load);
    }
  }

  /** Partitions may have been added. Until that is known a subject's records may be in the partition of another one, which loses nothing. */
  private async countPartitions(): Promise<void> {
    const { kafka, topic, log } = this.options;
    this.countedAt = performance.now();
    try {
      const partitions = await partitionsOf(kafka, topic);
      if (partitions > 0) this.partitions = partitions;
    } catch (error) {
      log.debug({ err: error, topic }, 'the partitions were not counted');
    }
  }
}
