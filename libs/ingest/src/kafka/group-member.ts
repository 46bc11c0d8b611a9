import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { IntakeLimits } from '../limits.js';
import type { ConsumerStats, UsageConsumerOptions } from './consumer-options.js';
import { letterBytes } from './dead-letter.js';
import {
  heartbeatInterval,
  PRESSURE_INTERVAL_MS,
  REST_MS,
  REST_MS_MAX,
  SESSION_TIMEOUT_MS,
} from './limits.js';
import { OffsetLedger, PartitionLost } from './offset-ledger.js';
import { Outbox } from './outbox.js';
import { PartitionReader, type Taken } from './partition-reader.js';
import type { SteadyProducer } from './steady-producer.js';
import type { ChunkPorts } from './store-chunk.js';
import { deadLetterTopic, withAdmin } from './topics.js';

/** What a member of the group does with the partitions that it is given. */
export class GroupMember {
  private readers = new Map<number, PartitionReader>();
  private readonly restMs = new Map<number, number>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly lag = new Map<number, number>();
  private readonly ledger: OffsetLedger;
  private readonly ports: ChunkPorts;
  private readonly counts = {
    messages: 0,
    records: 0,
    segments: 0,
    deadLetters: 0,
    rebalances: 0,
    replaced: 0,
    rests: 0,
    failures: 0,
    appendRetries: 0,
    lostMessages: 0,
    rewinds: 0,
  };

  constructor(
    private readonly options: UsageConsumerOptions,
    producer: SteadyProducer,
    limits: IntakeLimits,
  ) {
    const { pool, group, topic } = options;
    this.ledger = new OffsetLedger(pool, group, topic);
    const letters = new Outbox((messages) => producer.send(deadLetterTopic(topic), messages));
    this.ports = {
      ...options,
      limits,
      bury: (messages) =>
        letters.add(messages.map((message) => ({ message, bytes: letterBytes(message) }))),
      onRetry: () => {
        this.counts.appendRetries += 1;
      },
    };
  }

  stats(): ConsumerStats {
    return { ...this.counts, lag: this.lag };
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** Which partitions are whose is decided anew: what was known of them may be old. */
  joined(): void {
    this.counts.rebalances += 1;
    this.readers = new Map();
    this.lag.clear();
  }

  /** The consumer was given up for another one. */
  replaced(): void {
    this.counts.replaced += 1;
  }

  async take(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    if (batch.messages.length === 0) return;
    if (!this.options.hasRoom()) return this.rest(payload, () => this.options.hasRoom());
    const beats = new Heartbeats(
      () => payload.heartbeat(),
      heartbeatInterval(this.options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS) / 2,
    );
    const goOn = (): boolean => payload.isRunning() && !payload.isStale() && !beats.failed;
    try {
      const taken = await this.reader(partition).take(fetchedOf(payload), goOn);
      this.restMs.delete(partition);
      this.lag.set(partition, Number(batch.highWatermark) - taken.nextOffset);
      if (taken.outcome === 'elsewhere') {
        consumer.seek({ topic, partition, offset: String(taken.nextOffset) });
      } else await this.resolve(payload, taken);
    } catch (error) {
      this.fail(payload, error);
    } finally {
      beats.stop();
    }
    beats.rethrow();
  }

  private async resolve({ batch, ...payload }: EachBatchPayload, taken: Taken): Promise<void> {
    const { topic, partition } = batch;
    payload.resolveOffset(String(taken.nextOffset - 1));
    if (taken.outcome === 'carried') return;
    const offset = String(taken.nextOffset);
    const commit = { topics: [{ topic, partitions: [{ partition, offset }] }] };
    // The ledger knows better: this is for tools that show how far a group is.
    await payload.commitOffsetsIfNecessary(commit).catch((error: unknown) => {
      this.options.log.debug({ err: error, partition }, 'Kafka was not told the offset');
    });
  }

  private fail(payload: EachBatchPayload, error: unknown): void {
    const { partition } = payload.batch;
    if (error instanceof PartitionLost) {
      this.options.log.warn({ partition }, error.message);
      this.readers.delete(partition);
      return;
    }
    this.counts.failures += 1;
    const restMs = this.restMs.get(partition) ?? REST_MS;
    this.restMs.set(partition, Math.min(restMs * 2, REST_MS_MAX));
    this.options.log.error(
      { err: error, partition, restMs },
      'usage from Kafka was not stored; it is tried again',
    );
    const until = Date.now() + restMs;
    this.rest(payload, () => Date.now() >= until);
  }

  /** Fetches nothing of the partition until it may go on. */
  private rest(payload: EachBatchPayload, mayGoOn: () => boolean): void {
    this.counts.rests += 1;
    const resume = payload.pause();
    const timer = setInterval(() => {
      if (!mayGoOn()) return;
      clearInterval(timer);
      this.timers.delete(timer);
      resume();
    }, PRESSURE_INTERVAL_MS);
    this.timers.add(timer);
  }

  private reader(partition: number): PartitionReader {
    const known = this.readers.get(partition);
    if (known) return known;
    const { topic, log, kafka, chunkMessages } = this.options;
    const reader = new PartitionReader({
      topic,
      partition,
      log,
      ledger: this.ledger,
      ports: this.ports,
      ...(chunkMessages === undefined ? {} : { chunkMessages }),
      onStored: (stored, messages) => {
        this.counts.messages += messages;
        this.counts.records += stored.records;
        this.counts.segments += stored.segments;
        this.counts.deadLetters += stored.letters;
      },
      offsets: () =>
        withAdmin(kafka, async (admin) => {
          const offsets = await admin.fetchTopicOffsets(topic);
          const own = offsets.find((one) => one.partition === partition);
          return { oldest: Number(own?.low ?? 0), end: Number(own?.high ?? 0) };
        }),
      onLost: (count) => {
        this.counts.lostMessages += count;
      },
      onRewind: () => {
        this.counts.rewinds += 1;
      },
    });
    this.readers.set(partition, reader);
    return reader;
  }
}

const fetchedOf = ({ batch }: EachBatchPayload) => ({
  messages: batch.messages,
  lastOffset: Number(batch.lastOffset()),
  endOffset: Number(batch.highWatermark),
});

/** Tells the group that we live while a batch is being stored. That it is rebalancing shows as a failure. */
class Heartbeats {
  private error: unknown;
  failed = false;
  private readonly timer: NodeJS.Timeout;

  constructor(heartbeat: () => Promise<void>, intervalMs: number) {
    this.timer = setInterval(() => {
      heartbeat().catch((error: unknown) => {
        this.failed = true;
        this.error = error;
      });
    }, intervalMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  rethrow(): void {
    if (this.failed) throw this.error;
  }
}
