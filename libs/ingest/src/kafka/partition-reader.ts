import type { Instant } from '@odometer/domain';
import type { KafkaMessage } from 'kafkajs';
import type { KafkaLog } from './client.js';
import { CHUNK_BYTES_MAX, CHUNK_MESSAGES_MAX } from './limits.js';
import type { OffsetLedger, Place, Plan } from './offset-ledger.js';
import { storeChunk, type ChunkPorts, type StoredChunk } from './store-chunk.js';

/** What one fetch brought of a partition. */
export interface Fetched {
  /** Not empty. */
  readonly messages: readonly KafkaMessage[];
  /** Of the last message, or of a marker behind it that nobody sees. */
  readonly lastOffset: number;
  /** The offset that the next message of the partition will get. */
  readonly endOffset: number;
}

/**
 * What became of it. `stored`: everything below `nextOffset` is durable. `carried`: kept in memory until the rest of a plan is there. `elsewhere`:
 * nothing was taken, reading must go on at `nextOffset`.
 */
export interface Taken {
  readonly outcome: 'stored' | 'carried' | 'elsewhere';
  readonly nextOffset: number;
}

export interface Offsets {
  readonly oldest: number;
  readonly end: number;
}

export interface ReaderOptions {
  readonly topic: string;
  readonly partition: number;
  readonly ledger: OffsetLedger;
  readonly ports: ChunkPorts;
  readonly log: KafkaLog;
  readonly onStored: (stored: StoredChunk, messages: number) => void;
  /** Asks the broker for the first offset that the topic still has of the partition, and for the one that the next message will get. */
  readonly offsets: () => Promise<Offsets>;
  /** Messages that left the topic before they were read. */
  readonly onLost: (offsets: number) => void;
  /** The topic was cut back or made anew: reading begins again. */
  readonly onRewind: () => void;
  readonly chunkMessages?: number;
}

/**
 * Reads one partition while this process holds it. Before a chunk is stored its end is written down, so that whoever comes after a crash cuts the very
 * same chunk and appends the very same segments, which the log recognises.
 */
export class PartitionReader {
  private place: Place | null = null;
  private carried: readonly KafkaMessage[] = [];
  private carriedTo = -1;
  private sought = false;

  constructor(private readonly options: ReaderOptions) {}

  /** Stores what was fetched, or as much of it as `goOn` lets it. After an error the same is to be fetched again. */
  async take(fetched: Fetched, goOn: () => boolean): Promise<Taken> {
    try {
      return await this.takeFrom(await this.placeFor(fetched), fetched, goOn);
    } catch (error) {
      this.dropCarried();
      throw error;
    }
  }

  private async placeFor(fetched: Fetched): Promise<Place> {
    const { ledger, partition, log, topic } = this.options;
    const first = offsetOf(fetched.messages[0]!);
    this.place ??= await ledger.claim(partition, first);
    const end = await this.endOf(fetched, this.place);
    if (this.place.nextOffset > end) {
      const { nextOffset } = this.place;
      log.error(
        { topic, partition, nextOffset, endOffset: end },
        'the topic ends before what was read of it: it is read again',
      );
      this.options.onRewind();
      this.place = await ledger.move(this.place, first, null);
    }
    if (this.place.plan && this.place.plan.lastOffset >= end) {
      this.place = await ledger.move(this.place, this.place.nextOffset, null);
    }
    return this.place;
  }

  /**
   * Where the topic ends. A process that was frozen holds what it fetched long ago, and others have read on since: an end that does not agree
   * with what is written down is asked for again, before a plan is given up that somebody may be carrying out.
   */
  private async endOf({ endOffset }: Fetched, { nextOffset, plan }: Place): Promise<number> {
    const known = Math.max(nextOffset, (plan?.lastOffset ?? -1) + 1);
    if (known <= endOffset) return endOffset;
    return Math.max(endOffset, (await this.options.offsets()).end);
  }

  private async takeFrom(place: Place, fetched: Fetched, goOn: () => boolean): Promise<Taken> {
    const expected = this.carried.length > 0 ? this.carriedTo + 1 : place.nextOffset;
    const elsewhere = { outcome: 'elsewhere', nextOffset: place.nextOffset } as const;
    if (fetched.lastOffset < expected) {
      this.dropCarried();
      return elsewhere;
    }
    const gap = offsetOf(fetched.messages[0]!) - expected;
    if (gap > 0 && !this.sought) {
      this.dropCarried();
      this.sought = true;
      return elsewhere;
    }
    if (gap > 0) await this.reportLoss(expected);
    const fresh = fetched.messages.filter((message) => offsetOf(message) >= expected);
    const messages = [...this.carried, ...fresh];
    if (place.plan && fetched.lastOffset < place.plan.lastOffset) {
      this.carried = messages;
      this.carriedTo = fetched.lastOffset;
      return { outcome: 'carried', nextOffset: fetched.lastOffset + 1 };
    }
    const nextOffset = await this.store(place, { ...fetched, messages }, goOn);
    this.dropCarried();
    return { outcome: 'stored', nextOffset };
  }

  private async store(place: Place, fetched: Fetched, goOn: () => boolean): Promise<number> {
    const { ledger, ports } = this.options;
    let { nextOffset } = place;
    let rest = fetched.messages;
    while (rest.length > 0 && (place.plan !== null || goOn())) {
      const chunk = place.plan ? upTo(rest, place.plan) : this.chunkOf(rest);
      const last = chunk.at(-1);
      const plan = place.plan ?? planOf(last!, ports.now());
      if (place.plan === null) {
        place = await ledger.move(place, nextOffset, plan);
        this.place = place;
      }
      await this.storeChunk(chunk, plan, nextOffset);
      rest = rest.slice(chunk.length);
      nextOffset =
        rest.length === 0 ? Math.max(fetched.lastOffset, plan.lastOffset) + 1 : plan.lastOffset + 1;
      place = { ...place, plan: null };
    }
    this.place = await ledger.move(place, nextOffset, null);
    return nextOffset;
  }

  private async storeChunk(
    messages: readonly KafkaMessage[],
    plan: Plan,
    firstOffset: number,
  ): Promise<void> {
    const { topic, partition, ports } = this.options;
    const stored = await storeChunk(ports, { topic, partition, firstOffset, plan, messages });
    this.options.onStored(stored, messages.length);
  }

  /** As many messages as make a chunk; the first one always fits. */
  private chunkOf(messages: readonly KafkaMessage[]): readonly KafkaMessage[] {
    const most = this.options.chunkMessages ?? CHUNK_MESSAGES_MAX;
    let bytes = 0;
    let count = 0;
    for (const { value } of messages) {
      bytes += value?.length ?? 0;
      if (count > 0 && (count >= most || bytes > CHUNK_BYTES_MAX)) break;
      count += 1;
    }
    return messages.slice(0, count);
  }

  /** A gap may be markers of transactions. What is below the oldest offset is gone: its retention ended before we came. */
  private async reportLoss(expected: number): Promise<void> {
    const { topic, partition, log, onLost, offsets } = this.options;
    const count = (await offsets()).oldest - expected;
    if (count <= 0) return;
    log.error(
      { topic, partition, expected, count },
      'messages left the topic before they were read',
    );
    onLost(count);
  }

  private dropCarried(): void {
    this.carried = [];
    this.carriedTo = -1;
    this.sought = false;
  }
}

const offsetOf = (message: KafkaMessage): number => Number(message.offset);

const planOf = (last: KafkaMessage, readAt: Instant): Plan => ({
  lastOffset: offsetOf(last),
  readAt,
});

const upTo = (messages: readonly KafkaMessage[], { lastOffset }: Plan): readonly KafkaMessage[] =>
  messages.filter((message) => offsetOf(message) <= lastOffset);
