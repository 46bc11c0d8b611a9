import {
  AppendQueueFull,
  StoreUnavailable,
  UnknownOutcome,
  type AppendResult,
  type ExpectedRevision,
} from '../event-store.js';
import type { EncodedEvent } from '../event-hash.js';
import {
  APPEND_QUEUE_BYTES_MAX,
  APPEND_QUEUE_MAX,
  GROUP_APPENDS_MAX,
  GROUP_BYTES_MAX,
} from '../limits.js';
import type { SizedEvent } from '../page.js';
import type { AppendConnection } from './append-connection.js';
import { argumentsOf, settle, type Append } from './append-group.js';

export interface AppenderLimits {
  readonly groupAppends: number;
  readonly groupBytes: number;
  readonly queueAppends: number;
  readonly queueBytes: number;
}

export const APPENDER_LIMITS: AppenderLimits = {
  groupAppends: GROUP_APPENDS_MAX,
  groupBytes: GROUP_BYTES_MAX,
  queueAppends: APPEND_QUEUE_MAX,
  queueBytes: APPEND_QUEUE_BYTES_MAX,
};

/** All that promises which are settled now lead to, without a look at anything that comes from outside. */
const whatFollows = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/**
 * Group commit: while one group of appends is on its way, the next gathers, and everything that has gathered is committed with one
 * statement on one connection.
 */
export class Appender {
  private waiting: Append[] = [];
  private waitingBytes = 0;
  private running: Promise<void> | null = null;
  private inFlight: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly connection: AppendConnection,
    private readonly onCommit: (events: readonly SizedEvent[]) => void,
    private readonly limits: AppenderLimits = APPENDER_LIMITS,
  ) {}

  append(
    streamId: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
  ): Promise<AppendResult> {
    if (this.closed) return Promise.reject(new StoreUnavailable('the event store is closed'));
    const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
    const { queueAppends, queueBytes } = this.limits;
    if (this.waiting.length >= queueAppends || this.waitingBytes + bytes > queueBytes) {
      return Promise.reject(
        new AppendQueueFull(
          `${this.waiting.length} appends of ${this.waitingBytes} bytes are waiting, at most ${queueAppends} of ${queueBytes} may`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ streamId, expected, events, bytes, resolve, reject });
      this.waitingBytes += bytes;
      this.running ??= this.drain();
    });
  }

  /** Resolves when the group that is on its way now, if any, has its outcome. */
  whenAnswered(): Promise<void> {
    return this.inFlight;
  }

  /** Waits for what has been taken in, then closes the connection. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.running !== null) await this.running;
    await this.connection.close();
  }

  private async drain(): Promise<void> {
    // Whoever is ready to append now, or appends again upon the answer, travels along. A turn of the event loop may take as long as a commit when many requests have come meanwhile.
    await whatFollows();
    while (this.waiting.length > 0) {
      this.inFlight = this.commit(this.nextGroup());
      await this.inFlight;
      await whatFollows();
    }
    this.running = null;
  }

  /** An event id stands in one append of a group only: a retry that overtakes its first attempt goes into the next group. */
  private nextGroup(): Append[] {
    const ids = new Set<string>();
    let bytes = 0;
    let count = 0;
    for (const append of this.waiting) {
      bytes += append.bytes;
      const full = count >= this.limits.groupAppends || bytes > this.limits.groupBytes;
      if (count > 0 && (full || append.events.some(({ event }) => ids.has(event.eventId)))) break;
      for (const { event } of append.events) ids.add(event.eventId);
      count += 1;
    }
    const group = this.waiting.splice(0, count);
    this.waitingBytes -= group.reduce((sum, append) => sum + append.bytes, 0);
    return group;
  }

  private async commit(group: readonly Append[]): Promise<void> {
    try {
      const { committed, tell } = settle(group, await this.connection.send(argumentsOf(group)));
      this.onCommit(committed);
      tell();
    } catch (error) {
      await this.fail(group, error as Error);
    }
  }

  /** What the server refuses is not the fault of all: each append is tried alone, and only the culprit hears of it. */
  private async fail(group: readonly Append[], error: Error): Promise<void> {
    const lost = error instanceof UnknownOutcome || error instanceof StoreUnavailable;
    if (lost || group.length === 1) {
      for (const append of group) append.reject(error);
      return;
    }
    for (const append of group) await this.commit([append]);
  }
}
