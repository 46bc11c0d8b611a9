import {
  passesFilter,
  type EventStore,
  type LogPage,
  type ReadAllOptions,
  type RecordedEvent,
} from '@odometer/event-store';
import { backOffMs, pause } from './faults.js';
import type { ProjectionLimits } from './limits.js';

export interface LogTailOptions {
  readonly store: EventStore;
  readonly limits: ProjectionLimits;
  readonly onRetry: (error: unknown, attempt: number, delayMs: number) => void;
}

/** What a shard reads from. */
export interface LogSource {
  /** The next page after a position, matched by a filter. Waits until the log has moved; null once stopped. */
  next(options: ReadAllOptions, signal: AbortSignal): Promise<LogPage | null>;
  /** Whether what follows a position lies before the part of the log that is at hand. */
  mustRead(after: number): boolean;
}

interface Chunk {
  readonly after: number;
  readonly position: number;
  readonly events: readonly RecordedEvent[];
  readonly bytes: number;
}

/**
 * The newest part of the log, read once per process and handed to all of its shards: with one subscription per shard every
 * commit would wake as many queries as there are shards. A shard that is behind the kept part reads the store itself, filtered.
 */
export class LogTail implements LogSource {
  private readonly chunks: Chunk[] = [];
  private readonly stopping = new AbortController();
  private bytes = 0;
  private tail = 0;
  private readonly waiting = new Set<() => void>();
  private running: Promise<void> | null = null;

  constructor(private readonly options: LogTailOptions) {}

  start(): void {
    this.running ??= this.follow();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  async next(options: ReadAllOptions, signal: AbortSignal): Promise<LogPage | null> {
    while (!signal.aborted && !this.stopping.signal.aborted) {
      const page = await this.page(options);
      if (page) return advanced(page, options.after);
      await this.moved(options.after, signal);
    }
    return null;
  }

  mustRead(after: number): boolean {
    return after < (this.chunks[0]?.after ?? this.tail);
  }

  private async page(options: ReadAllOptions): Promise<LogPage | null> {
    if (options.after >= this.tail) return null;
    return this.mustRead(options.after) ? this.options.store.readAll(options) : this.slice(options);
  }

  private slice({ after, filter, limit = Infinity }: ReadAllOptions): LogPage {
    const events: RecordedEvent[] = [];
    for (const chunk of this.chunks) {
      if (chunk.position <= after) continue;
      for (const event of chunk.events) {
        if (event.position <= after || !passesFilter(event, filter)) continue;
        events.push(event);
        if (events.length === limit) return { events, position: event.position };
      }
    }
    return { events, position: this.tail };
  }

  /** Resolves when the log goes on after `after`, or at once when it already did. */
  private moved(after: number, signal: AbortSignal): Promise<void> {
    if (after < this.tail || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      // Who stops is forgotten at once: a log may stand still for long, and a shard that was given up would be kept, with all that it holds.
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await this.subscribe(() => (attempt = 0));
      } catch (error) {
        const { retryMsMin, retryMsMax } = this.options.limits;
        const delayMs = backOffMs(Math.max(attempt, 1), retryMsMin, retryMsMax);
        if (!signal.aborted) this.options.onRetry(error, attempt, delayMs);
        await pause(delayMs, signal);
      }
    }
  }

  /** Starts at the head: what lies before it is for the shards to read as they need it. */
  private async subscribe(worked: () => void): Promise<void> {
    const { store } = this.options;
    const { signal } = this.stopping;
    const head = await store.head();
    this.chunks.length = 0;
    this.bytes = 0;
    this.tail = head;
    this.wake();
    for await (const page of store.subscribe({ after: head, signal })) {
      this.keep(page);
      worked();
    }
  }

  private keep(page: LogPage): void {
    const bytes = page.events.reduce((sum, event) => sum + bytesOf(event), 0);
    this.chunks.push({ after: this.tail, position: page.position, events: page.events, bytes });
    this.bytes += bytes;
    this.tail = page.position;
    while (this.bytes > this.options.limits.tailBytes || this.chunks.length > CHUNKS_MAX) {
      const oldest = this.chunks.shift();
      this.bytes -= oldest?.bytes ?? 0;
    }
    this.wake();
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }
}

/** A page that stands still while the log goes on would be asked for for ever: better an error, which is reported and retried. */
function advanced(page: LogPage, after: number): LogPage {
  if (page.position > after) return page;
  throw new Error(`the log stands still at position ${page.position}`);
}

/** Pages kept at most, however small: a shard looks through all that lie after its position. */
const CHUNKS_MAX = 512;

/** What an event without bytes of its own is taken to weigh; aggregate events are small. */
const SMALL_EVENT_BYTES = 1_024;

export const bytesOf = (event: RecordedEvent): number =>
  event.data instanceof Uint8Array ? event.data.byteLength : SMALL_EVENT_BYTES;
