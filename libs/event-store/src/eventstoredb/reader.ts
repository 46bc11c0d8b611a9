import type { Readable } from 'node:stream';
import { BACKWARDS, END, FORWARDS, START, StreamNotFoundError } from '@eventstore/db-client';
import { passesFilter } from '../event-filter.js';
import type { LogPage, ReadAllOptions, ReadStreamOptions, RecordedEvent } from '../event-store.js';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT, SCAN_POSITIONS_MAX } from '../limits.js';
import type { Connection, Line } from './connection.js';
import { isSystemEvent, recordedOf, type WireRecord } from './event-codec.js';
import { readFailure } from './failures.js';
import { SCAN_PAGE } from './limits.js';
import { positionOf, readingFrom } from './positions.js';

/** What this needs of a read of the client. */
interface Read {
  on(event: 'error', heard: () => void): unknown;
  resume(): unknown;
  cancel(): Promise<void>;
}

interface Resolved {
  readonly event?: unknown;
}

const resolvedOf = (read: Read): AsyncIterable<Resolved> =>
  (read as unknown as Readable).iterator({ destroyOnReturn: false });

/** The records of a read, which is ended with the loop that goes through them. Throws StoreUnavailable, also when the next one does not come in time. */
async function* recordsOf(
  connection: Connection,
  line: Line,
  read: Read,
): AsyncGenerator<WireRecord> {
  // What fails after we have left concerns nobody, but must not go unheard.
  read.on('error', () => undefined);
  try {
    const iterator = resolvedOf(read)[Symbol.asyncIterator]();
    for (;;) {
      const next = await connection.answered(line, iterator.next());
      if (next.done === true) return;
      const { event } = next.value;
      // A link whose event is gone.
      if (event !== undefined) yield event as WireRecord;
    }
  } catch (error) {
    if (!(error instanceof StreamNotFoundError)) throw readFailure(error);
  } finally {
    // The client keeps a call for ever that is neither cancelled nor read to its end. One that never came about cannot be waited for.
    const cancelled = read.cancel().catch(() => undefined);
    if (!line.lost.aborted) await cancelled;
    read.resume();
  }
}

/** The events of one stream, as they come. An unknown stream has none. */
export async function* streamEvents(
  connection: Connection,
  streamId: string,
  { from, direction, limit }: ReadStreamOptions = {},
): AsyncGenerator<RecordedEvent> {
  const backwards = direction === 'backwards';
  const { line } = connection;
  const read = line.client.readStream(streamId, {
    direction: backwards ? BACKWARDS : FORWARDS,
    fromRevision: from === undefined ? (backwards ? END : START) : BigInt(from),
    maxCount: limit ?? Number.MAX_SAFE_INTEGER,
  });
  for await (const record of recordsOf(connection, line, read)) yield recordedOf(record);
}

/** The log from a position on, events of the server itself included, and the one at that position as well. */
async function* rawFrom(
  connection: Connection,
  after: number,
  maxCount: number,
): AsyncGenerator<{ readonly position: number; readonly record: WireRecord }> {
  const { line } = connection;
  const read = line.client.readAll({ fromPosition: readingFrom(after), maxCount });
  for await (const record of recordsOf(connection, line, read)) {
    yield { position: positionOf(record.position?.commit ?? 0n), record };
  }
}

/** Every event of the log, in order, for whoever goes through all of it. */
export async function* allEvents(connection: Connection): AsyncGenerator<RecordedEvent> {
  for await (const { record } of rawFrom(connection, 0, Number.MAX_SAFE_INTEGER)) {
    if (!isSystemEvent(record)) yield recordedOf(record);
  }
}

/**
 * A page of the log. At its end the page stops at the last event of ours, so that its position is the head, whatever the server wrote
 * for itself behind it.
 */
export async function readPage(
  connection: Connection,
  { after, filter, limit = PAGE_EVENTS_DEFAULT }: ReadAllOptions,
): Promise<LogPage> {
  const page = new Page(limit);
  const count = filter === undefined ? Math.min(limit + 1, SCAN_PAGE) : SCAN_PAGE;
  let scanned = after;
  let position = after;
  for (let looked = 0; looked < SCAN_POSITIONS_MAX; looked += count) {
    let found = 0;
    for await (const one of rawFrom(connection, scanned, count)) {
      found += 1;
      if (one.position <= scanned) continue;
      scanned = one.position;
      if (isSystemEvent(one.record)) continue;
      const event = recordedOf(one.record);
      if (passesFilter(event, filter) && !page.take(event))
        return { events: page.events, position };
      position = event.position;
    }
    if (found < count) return { events: page.events, position };
  }
  return { events: page.events, position: Math.max(position, scanned) };
}

/** Events asked for at a time: the server is asked for each of them. */
const READS_AT_ONCE = 8;

export async function readAt(
  connection: Connection,
  positions: readonly number[],
): Promise<RecordedEvent[]> {
  const wanted = new Set([...positions].sort((a, b) => a - b));
  const found: RecordedEvent[] = [];
  for (let missing = [...wanted]; missing.length > 0; missing = missing.slice(READS_AT_ONCE)) {
    const pages = missing
      .slice(0, READS_AT_ONCE)
      .map((position) => readPage(connection, { after: position - 1, limit: 1 }));
    for (const { events } of await Promise.all(pages)) found.push(...events);
  }
  return found;
}

class Page {
  readonly events: RecordedEvent[] = [];
  private bytes = 0;

  constructor(private readonly limit: number) {}

  /** False when the page is full; it takes one event at least. */
  take(event: RecordedEvent): boolean {
    const bytes = bytesOf(event);
    const full = this.events.length >= this.limit || this.bytes + bytes > PAGE_BYTES_MAX;
    if (full && this.events.length > 0) return false;
    this.events.push(event);
    this.bytes += bytes;
    return true;
  }
}

/** What an event of JSON is taken to weigh: its text is gone by the time it is here, and aggregate events are small. */
const JSON_EVENT_BYTES = 2_048;

const bytesOf = ({ data }: RecordedEvent): number =>
  data instanceof Uint8Array ? data.byteLength : JSON_EVENT_BYTES;

/** Position of the last event of ours; 0 when there is none. */
export async function readHead(connection: Connection): Promise<number> {
  for (let maxCount = 8; ; maxCount *= 8) {
    let found = 0;
    const { line } = connection;
    const read = line.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount });
    for await (const record of recordsOf(connection, line, read)) {
      found += 1;
      if (!isSystemEvent(record)) return positionOf(record.position?.commit ?? 0n);
    }
    if (found < maxCount) return 0;
  }
}

/** Throws StoreUnavailable. */
export async function readStream(
  connection: Connection,
  streamId: string,
  options?: ReadStreamOptions,
): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of streamEvents(connection, streamId, options)) events.push(event);
  return events;
}
