import { encodeAppend } from '../append-check.js';
import { passesFilter } from '../event-filter.js';
import { chainHash, encodeEvent, type EncodedEvent } from '../event-hash.js';
import {
  PartialRetry,
  RevisionConflict,
  type AppendResult,
  type EventStore,
  type ExpectedRevision,
  type LogPage,
  type ReadAllOptions,
  type RecordedEvent,
  type VerifyResult,
} from '../event-store.js';
import { PAGE_EVENTS_DEFAULT } from '../limits.js';
import { followLog } from '../subscription.js';
import { WakeUp } from '../wake-up.js';

/** A log that lives as long as the process. For tests and simulations; it keeps every promise of the port but durability. */
export function createInMemoryEventStore(): EventStore {
  const log = new MemoryLog();
  const wakeUp = new WakeUp();
  const closing = new AbortController();
  const readAll = (options: ReadAllOptions): Promise<LogPage> => Promise.resolve(log.page(options));
  return {
    append: async (streamId, events, { expectedRevision }) => {
      const encoded = encodeAppend(streamId, events);
      // Appends do not happen within the call in any real store.
      await Promise.resolve();
      const result = log.append(streamId, encoded, expectedRevision);
      wakeUp.wake();
      return result;
    },
    readStream: (streamId, { from, direction, limit } = {}) => {
      const stream = log.stream(streamId);
      const picked =
        direction === 'backwards'
          ? stream.slice(0, (from ?? stream.length - 1) + 1).reverse()
          : stream.slice(from ?? 0);
      return Promise.resolve(picked.slice(0, limit));
    },
    readAll,
    subscribe: ({ signal, ...options }) =>
      followLog(readAll, wakeUp, {
        ...options,
        signal: signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]),
      }),
    head: () => Promise.resolve(log.events.length),
    verify: () => Promise.resolve(log.verify()),
    close: () => {
      closing.abort();
      return Promise.resolve();
    },
  };
}

class MemoryLog {
  readonly events: RecordedEvent[] = [];
  private readonly streams = new Map<string, RecordedEvent[]>();
  private readonly byId = new Map<string, RecordedEvent>();

  stream(streamId: string): readonly RecordedEvent[] {
    return this.streams.get(streamId) ?? [];
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
    if (!meets(expected, actual)) throw new RevisionConflict(streamId, expected, actual);
    this.streams.set(streamId, stream);
    for (const { event, digest } of encoded) {
      const previous = Buffer.from(stream.at(-1)?.hash ?? '', 'hex');
      const recorded = {
        ...structuredClone(event),
        streamId,
        revision: stream.length,
        position: this.events.length + 1,
        hash: chainHash(previous, stream.length, digest).toString('hex'),
      };
      stream.push(recorded);
      this.events.push(recorded);
      this.byId.set(event.eventId, recorded);
    }
    return {
      firstRevision: actual + 1,
      lastRevision: stream.length - 1,
      position: this.events.length,
      replayed: false,
    };
  }

  page({ after, filter, limit = PAGE_EVENTS_DEFAULT }: ReadAllOptions): LogPage {
    const events: RecordedEvent[] = [];
    let position = after;
    for (const event of this.events.slice(after)) {
      if (events.length === limit) break;
      position = event.position;
      if (passesFilter(event, filter)) events.push(event);
    }
    return { events, position };
  }

  verify(): VerifyResult {
    const faults: { streamId: string; revision: number; problem: string }[] = [];
    for (const [streamId, stream] of this.streams) {
      let previous = Buffer.alloc(0);
      for (const event of stream) {
        const hash = chainHash(previous, event.revision, encodeEvent(event).digest);
        if (hash.toString('hex') !== event.hash) {
          faults.push({
            streamId,
            revision: event.revision,
            problem: 'the content does not match the hash chain',
          });
        }
        previous = Buffer.from(event.hash, 'hex');
      }
    }
    return { events: this.events.length, streams: this.streams.size, faults };
  }

  private replayed(streamId: string, encoded: readonly EncodedEvent[]): AppendResult | null {
    const known = encoded.flatMap(({ event }) => this.byId.get(event.eventId) ?? []);
    const first = known[0];
    if (first === undefined) return null;
    const same =
      known.length === encoded.length &&
      known.every(
        (event, i) => event.streamId === streamId && event.revision === first.revision + i,
      );
    if (!same) throw new PartialRetry(streamId);
    const last = known.at(-1)!;
    return {
      firstRevision: first.revision,
      lastRevision: last.revision,
      position: last.position,
      replayed: true,
    };
  }
}

function meets(expected: ExpectedRevision, actual: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'noStream') return actual === -1;
  if (expected === 'exists') return actual >= 0;
  return expected === actual;
}
