import type { LogPage, RecordedEvent } from '@odometer/event-store';
import { bytesOf } from './log-tail.js';

/** Events that are applied in one transaction, and the position that the shard has reached with them. */
export interface Transaction {
  readonly events: readonly RecordedEvent[];
  readonly to: number;
}

interface Limits {
  /** Payload bytes of one transaction; a single larger event goes alone. */
  readonly bytes: number;
  /** Up to here each event goes alone, because one of them could not be applied. */
  readonly singleUntil: number;
}

/** Cuts a page up, in the order of the log. The last transaction also passes what the page looked at behind its last event. */
export function* transactionsOf(page: LogPage, limits: Limits): Generator<Transaction> {
  let events: RecordedEvent[] = [];
  let bytes = 0;
  for (const event of page.events) {
    const last = events.at(-1);
    const full = bytes + bytesOf(event) > limits.bytes || event.position <= limits.singleUntil;
    if (last !== undefined && full) {
      yield { events, to: last.position };
      events = [];
      bytes = 0;
    }
    events.push(event);
    bytes += bytesOf(event);
  }
  if (events.length > 0) yield { events, to: page.position };
}
