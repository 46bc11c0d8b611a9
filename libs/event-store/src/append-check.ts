import {
  AppendTooLarge,
  EmptyAppend,
  InvalidEvent,
  type ExpectedRevision,
  type NewEvent,
} from './event-store.js';
import { encodeEvent, type EncodedEvent } from './event-hash.js';
import { APPEND_BYTES_MAX, APPEND_EVENTS_MAX } from './limits.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export interface AppendLimits {
  readonly appendBytes: number;
  readonly appendEvents: number;
}

const LIMITS: AppendLimits = { appendBytes: APPEND_BYTES_MAX, appendEvents: APPEND_EVENTS_MAX };

/**
 * Encodes an append and holds it to its limits. What the log could not store is refused here, before it shares a commit with
 * appends of others.
 */
export function encodeAppend(
  streamId: string,
  events: readonly NewEvent[],
  limits: AppendLimits = LIMITS,
): EncodedEvent[] {
  if (events.length === 0) {
    throw new EmptyAppend(`stream ${streamId}: an append needs one event at least`);
  }
  if (events.length > limits.appendEvents) {
    throw new AppendTooLarge(
      `stream ${streamId}: ${events.length} events, at most ${limits.appendEvents} in one append`,
    );
  }
  checkNames(streamId, events);
  const encoded = events.map((event) => encodeEvent(streamId, withPlainId(event)));
  const bytes = encoded.reduce((sum, event) => sum + event.bytes, 0);
  if (bytes > limits.appendBytes) {
    throw new AppendTooLarge(
      `stream ${streamId}: ${bytes} bytes, at most ${limits.appendBytes} in one append`,
    );
  }
  return encoded;
}

function checkNames(streamId: string, events: readonly NewEvent[]): void {
  if (!isName(streamId)) throw new InvalidEvent('a stream id is text without NUL, not empty');
  const ids = new Set<string>();
  for (const { eventId, type, schemaVersion, data, metadata } of events) {
    const refuse = (problem: string): never => {
      throw new InvalidEvent(`stream ${streamId}, event ${eventId}: ${problem}`);
    };
    if (!UUID.test(eventId)) refuse('the id is not a UUID');
    if (ids.has(eventId)) refuse('the id stands twice in one append');
    if (!isName(type)) refuse('the type is text without NUL, not empty');
    if (!isName(metadata.tenant)) refuse('the tenant is text without NUL, not empty');
    if (!Number.isInteger(schemaVersion)) refuse('the schema version is a whole number');
    if (typeof data !== 'object' || data === null) refuse('the data are neither JSON nor bytes');
    ids.add(eventId);
  }
}

const isName = (text: string): boolean => text !== '' && !text.includes('\0');

function withPlainId(event: NewEvent): NewEvent {
  const eventId = event.eventId.toLowerCase();
  return eventId === event.eventId ? event : { ...event, eventId };
}

/** Whether a stream whose last revision is `actual`, -1 where there is none, is what an append expects. */
export function isMet(expected: ExpectedRevision, actual: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'noStream') return actual === -1;
  if (expected === 'exists') return actual >= 0;
  return expected === actual;
}
