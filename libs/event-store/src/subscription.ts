import type { EventStore, LogPage, SubscribeOptions } from './event-store.js';
import { POLL_INTERVAL_MS } from './limits.js';
import type { WakeUp } from './wake-up.js';

/**
 * Catch-up and live are one loop: read the page after the checkpoint, and sleep only when there was nothing to read. There is no seam, so
 * nothing is missed or repeated at it.
 */
export async function* followLog(
  readAll: EventStore['readAll'],
  wakeUp: WakeUp,
  { signal, ...options }: SubscribeOptions,
): AsyncGenerator<LogPage> {
  let after = options.after;
  while (signal?.aborted !== true) {
    const page = await readAll({ ...options, after });
    if (page.position > after) {
      after = page.position;
      yield page;
      continue;
    }
    await wakeUp.sleep(POLL_INTERVAL_MS, signal);
  }
}
