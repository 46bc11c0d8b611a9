import { passesFilter } from '../event-filter.js';
import type { LogPage, ReadAllOptions } from '../event-store.js';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT, TAIL_BYTES_MAX } from '../limits.js';
import { collectPage, type SizedEvent } from '../page.js';

/** Slots that may lie dead at the front before the array is cut. */
const DEAD_SLOTS_MAX = 4_096;

/**
 * The end of the log as this process wrote it, without holes, as the very objects that were appended: a projection in the same process
 * reads them without asking the database, and finds their segments decoded. Bounded by bytes.
 */
export class Tail {
  private events: SizedEvent[] = [];
  /** Index of the oldest event still held. */
  private start = 0;
  private bytes = 0;

  constructor(private readonly bytesMax = TAIL_BYTES_MAX) {}

  /** Events of one group, contiguous, in order of position. */
  add(group: readonly SizedEvent[]): void {
    const first = group[0];
    if (first === undefined) return;
    const last = this.events.at(-1);
    // Another process wrote in between: what we had is no longer the end of the log.
    if (last !== undefined && first.event.position !== last.event.position + 1) this.clear();
    for (const one of group) {
      this.events.push(one);
      this.bytes += one.bytes;
    }
    this.trim();
  }

  /** The page after a position, or null when the database must be asked. */
  page({ after, filter, limit = PAGE_EVENTS_DEFAULT }: ReadAllOptions): LogPage | null {
    const first = this.events[this.start]?.event.position;
    if (first === undefined || after + 1 < first) return null;
    const page = collectPage(this.events, this.start + after + 1 - first, {
      after,
      limit,
      bytes: PAGE_BYTES_MAX,
      passes: (event) => passesFilter(event, filter),
    });
    // At its very end the tail cannot tell whether another process went on.
    return page.position === after ? null : page;
  }

  private clear(): void {
    this.events = [];
    this.start = 0;
    this.bytes = 0;
  }

  private trim(): void {
    while (this.bytes > this.bytesMax && this.start < this.events.length) {
      this.bytes -= this.events[this.start]!.bytes;
      this.start += 1;
    }
    // A dead slot still holds its event, so with large events the array is cut at once.
    if (this.start === 0) return;
    if (this.start > DEAD_SLOTS_MAX || this.start * 8 > this.events.length) {
      this.events = this.events.slice(this.start);
      this.start = 0;
    }
  }
}
