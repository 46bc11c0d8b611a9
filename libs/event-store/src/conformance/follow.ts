import type { EventStore, RecordedEvent, SubscribeOptions } from '../event-store.js';

/** Subscribes and collects events until `enough` says so; fails after `timeoutMs`. */
export async function followUntil(
  store: EventStore,
  options: SubscribeOptions,
  enough: (events: readonly RecordedEvent[]) => boolean,
  timeoutMs = 15_000,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  try {
    for await (const page of store.subscribe({ ...options, signal: stop.signal })) {
      events.push(...page.events);
      if (enough(events)) return events;
    }
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
  throw new Error(`only ${events.length} events arrived within ${timeoutMs} ms`);
}
