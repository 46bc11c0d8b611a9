import { AppendTooLarge, EmptyAppend, type NewEvent } from './event-store.js';
import { encodeEvent, type EncodedEvent } from './event-hash.js';
import { APPEND_BYTES_MAX, APPEND_EVENTS_MAX } from './limits.js';

/** Encodes an append and holds it to its limits. */
export function encodeAppend(streamId: string, events: readonly NewEvent[]): EncodedEvent[] {
  if (events.length === 0)
    throw new EmptyAppend(`stream ${streamId}: an append needs one event at least`);
  if (events.length > APPEND_EVENTS_MAX) {
    throw new AppendTooLarge(
      `stream ${streamId}: ${events.length} events, at most ${APPEND_EVENTS_MAX} in one append`,
    );
  }
  const encoded = events.map(encodeEvent);
  const bytes = encoded.reduce((sum, event) => sum + event.bytes, 0);
  if (bytes > APPEND_BYTES_MAX) {
    throw new AppendTooLarge(
      `stream ${streamId}: ${bytes} bytes, at most ${APPEND_BYTES_MAX} in one append`,
    );
  }
  return encoded;
}
