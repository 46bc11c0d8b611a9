import type { LogPage, RecordedEvent } from './event-store.js';

/** An event in memory with the bytes it counts for. */
export interface SizedEvent {
  readonly event: RecordedEvent;
  readonly bytes: number;
}

export interface PageLimits {
  /** Position before the first event looked at. */
  readonly after: number;
  readonly limit: number;
  readonly bytes: number;
  readonly passes: (event: RecordedEvent) => boolean;
}

/** A page out of a contiguous piece of the log, from index `start` on. It ends before the first event that no longer fits in. */
export function collectPage(
  log: readonly SizedEvent[],
  start: number,
  { after, limit, bytes, passes }: PageLimits,
): LogPage {
  const events: RecordedEvent[] = [];
  let position = after;
  let size = 0;
  for (let at = start; at < log.length; at += 1) {
    const one = log[at]!;
    if (passes(one.event)) {
      const full = events.length >= limit || size + one.bytes > bytes;
      if (full && events.length > 0) break;
      events.push(one.event);
      size += one.bytes;
    }
    position = one.event.position;
  }
  return { events, position };
}
