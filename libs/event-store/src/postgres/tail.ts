import { passesFilter } from '../event-filter.js';
import type { LogPage, RecordedEvent } from '../event-store.js';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT, TAIL_BYTES_MAX } from '../limits.js';
import type { ReadAllOptions } from '../event-store.js';

const sizeOf = (event: RecordedEvent): number =>
  event.data instanceof Uint8Array ? event.data.length : 1_024;

/**
 * The end of the log as this process wrote it, without holes, as the very objects that were appended: a projection in the same process
 * reads them without asking the database, and finds their segments decoded.
 */
export class Tail {
  private events: RecordedEvent[] = [];
  private bytes = 0;

  /** Events of one group, in order of position. */
  add(events: readonly RecordedEvent[]): void {
    const first = events[0];
    const last = this.events.at(-1);
    if (first === undefined) return;
    // Another process wrote in between: what we had is no longer the end of the log.
    if (last !== undefined && first.position !== last.position + 1) {
      this.events = [];
      this.bytes = 0;
    }
    this.events.push(...events);
    for (const event of events) this.bytes += sizeOf(event);
    this.trim();
  }

  /** The page after a position, or null when the database must be asked. */
  page(options: ReadAllOptions): LogPage | null {
    const first = this.events[0]?.position;
    if (first === undefined || options.after + 1 < first) return null;
    const page = this.collect(options.after + 1 - first, options);
    // At its very end the tail cannot tell whether another process went on.
    return page.position === options.after ? null : page;
  }

  private collect(
    start: number,
    { after, filter, limit = PAGE_EVENTS_DEFAULT }: ReadAllOptions,
  ): LogPage {
    const found: RecordedEvent[] = [];
    let position = after;
    let bytes = 0;
    for (let at = start; at < this.events.length; at += 1) {
      const event = this.events[at]!;
      if (passesFilter(event, filter)) {
        const full = found.length >= limit || bytes + sizeOf(event) > PAGE_BYTES_MAX;
        if (full && found.length > 0) break;
        found.push(event);
        bytes += sizeOf(event);
      }
      position = event.position;
    }
    return { events: found, position };
  }

  private trim(): void {
    let drop = 0;
    while (this.bytes > TAIL_BYTES_MAX && drop < this.events.length - 1) {
      this.bytes -= sizeOf(this.events[drop]!);
      drop += 1;
    }
    if (drop > 0) this.events = this.events.slice(drop);
  }
}
