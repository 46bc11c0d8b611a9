import type { EventStore, LogPage, ReadAllOptions } from './event-store.js';
import { POLL_INTERVAL_MS } from './limits.js';
import type { LogHead } from './log-head.js';

export interface Followed {
  readonly readAll: EventStore['readAll'];
  readonly head: LogHead;
  readonly pollIntervalMs?: number;
}

/**
 * Catch-up and live are one loop: read the page after the checkpoint, and sleep only when there was nothing to read. There is no seam,
 * so nothing is missed or repeated at it. Whoever has reached the known head sleeps without asking the log again.
 */
export async function* followLog(
  { readAll, head, pollIntervalMs = POLL_INTERVAL_MS }: Followed,
  options: ReadAllOptions,
  signal: AbortSignal,
): AsyncGenerator<LogPage> {
  let after = options.after;
  let settled = false;
  while (!signal.aborted) {
    if (!settled || head.known > after) {
      const knownBefore = head.known;
      const page = await readAll({ ...options, after });
      if (page.position > after) {
        after = page.position;
        settled = after === head.known;
        yield page;
        continue;
      }
      settled = true;
      // The log may have moved while it was being read, when nobody was waiting yet.
      if (head.known !== knownBefore) continue;
    }
    if (await head.waitForMove(pollIntervalMs, signal)) await head.refresh();
  }
}
