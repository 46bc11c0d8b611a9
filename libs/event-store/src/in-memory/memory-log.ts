import { isMet } from '../append-check.js';
import { passesFilter } from '../event-filter.js';
import { chainHash, encodeEvent, saysTheSame, type EncodedEvent } from '../event-hash.js';
import {
  PartialRetry,
  RepeatDiffers,
  RevisionConflict,
  type AppendResult,
  type ExpectedRevision,
  type LogPage,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type VerifyResult,
} from '../event-store.js';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT } from '../limits.js';
import { collectPage } from '../page.js';

interface Kept {
  readonly event: RecordedEvent;
  readonly bytes: number;
}

/** Streams and log of the in-memory store. */
export class MemoryLog {
  private readonly log: Kept[] = [];
  private readonly streams = new Map<string, RecordedEvent[]>();
  private readonly byId = new Map<string, RecordedEvent>();

  get length(): number {
    return this.log.length;
  }

  readStream(
    streamId: string,
    { from, direction, limit }: ReadStreamOptions = {},
  ): readonly RecordedEvent[] {
    const stream = this.streams.get(streamId) ?? [];
    const picked =
      direction === 'backwards'
        ? stream.slice(0, (from ?? stream.length - 1) + 1).reverse()
        : stream.slice(from ?? 0);
    return picked.slice(0, limit);
  }

  append(
    streamId: string,
    encoded: readonly EncodedEvent[],
    expected: ExpectedRevision,
  ): AppendResult {
    const replayed = this.replayed(streamId, encoded);
    if (replayed !== null) return replayed;
    const stream = this.streams.get(streamId) ?? [];
    const actual = stream.length - 1;
    if (!isMet(expected, actual)) throw new RevisionConflict(streamId, expected, actual);
    this.streams.set(streamId, stream);
    for (const one of encoded) this.record(streamId, stream, one);
    return {
      firstRevision: actual + 1,
      lastRevision: stream.length - 1,
      position: this.log.length,
      replayed: false,
    };
  }

  page({ after, filter, limit = PAGE_EVENTS_DEFAULT }: ReadAllOptions): LogPage {
    return collectPage(this.log, after, {
      after,
      limit,
      passes: (event) => passesFilter(event, filter),
      bytes: PAGE_BYTES_MAX,
    });
  }

  at(positions: readonly number[]): RecordedEvent[] {
    const wanted = [...new Set(positions)].sort((a, b) => a - b);
    return wanted.flatMap((position) => this.log[position - 1]?.event ?? []);
  }

  verify({ limit = 100 }: { readonly limit?: number } = {}): VerifyResult {
    const faults: { streamId: string; revision: number; problem: string }[] = [];
    for (const [streamId, stream] of this.streams) {
      let previous: Uint8Array = Buffer.alloc(0);
      for (const event of stream) {
        previous = chainHash(previous, event.revision, encodeEvent(streamId, event).digest);
        if (Buffer.from(previous).toString('hex') !== event.hash) {
          const problem = 'the content does not match the hash chain';
          faults.push({ streamId, revision: event.revision, problem });
        }
      }
    }
    return {
      events: this.log.length,
      streams: this.streams.size,
      faults: faults.slice(0, limit),
    };
  }

  private record(streamId: string, stream: RecordedEvent[], encoded: EncodedEvent): void {
    const { event, digest, bytes } = encoded;
    const previous = Buffer.from(stream.at(-1)?.hash ?? '', 'hex');
    const recorded: RecordedEvent = {
      ...event,
      // Nobody writes into bytes once they are given; JSON must not change under us.
      data: event.data instanceof Uint8Array ? event.data : structuredClone(event.data),
      metadata: { ...event.metadata },
      streamId,
      revision: stream.length,
      position: this.log.length + 1,
      hash: chainHash(previous, stream.length, digest).toString('hex'),
    };
    stream.push(recorded);
    this.log.push({ event: recorded, bytes });
    this.byId.set(event.eventId, recorded);
  }

  private replayed(streamId: string, encoded: readonly EncodedEvent[]): AppendResult | null {
    const known = encoded.flatMap(({ event }) => this.byId.get(event.eventId) ?? []);
    const [first] = known;
    const last = known.at(-1);
    if (first === undefined || last === undefined) return null;
    const same =
      known.length === encoded.length &&
      known.every(
        (event, i) => event.streamId === streamId && event.revision === first.revision + i,
      );
    if (!same) throw new PartialRetry(streamId);
    if (!known.every((event, i) => saysTheSame(encoded[i]!, event)))
      throw new RepeatDiffers(streamId, first.revision, last.position);
    return {
      firstRevision: first.revision,
      lastRevision: last.revision,
      position: last.position,
      replayed: true,
    };
  }
}
