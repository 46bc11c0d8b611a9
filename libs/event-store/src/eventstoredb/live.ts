import { eventTypeFilter, type AllStreamSubscription, type Filter } from '@eventstore/db-client';
import { passesFilter } from '../event-filter.js';
import type { EventFilter, LogPage, ReadAllOptions, RecordedEvent } from '../event-store.js';
import { PAGE_BYTES_MAX, PAGE_EVENTS_DEFAULT } from '../limits.js';
import type { Connection, Line } from './connection.js';
import { isSystemEvent, recordedOf, type WireRecord } from './event-codec.js';
import { readFailure } from './failures.js';
import { CHECKPOINT_INTERVAL } from './limits.js';
import { positionOf, readingFrom } from './positions.js';

/** Everything that is not the server's own. */
const OWN_TYPES = '^[^$].*';

/** What the server can leave out: types that no clause asks for. The rest of a filter is asked here. */
export function serverFilterOf(filter: readonly EventFilter[] | undefined): string {
  const types = filter?.map((clause) => clause.types) ?? [undefined];
  if (types.includes(undefined)) return OWN_TYPES;
  const names = [...new Set(types.flatMap((some) => some ?? []))].map(escaped);
  return `^(${names.join('|')})$`;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/**
 * One subscription of the server, as pages: it catches up and goes on live by itself. The server leaves out the event at the start
 * position. Throws StoreUnavailable when it is dropped.
 */
export class LiveLog {
  private readonly subscription: AllStreamSubscription;
  private position: number;
  /** Everything up to here has been looked at, once what was read before is given out. */
  private passed: number;
  private failure: Error | null = null;
  private wake: () => void = () => undefined;
  private left: () => void = () => undefined;
  private readonly line: Line;

  constructor(
    connection: Connection,
    private readonly options: ReadAllOptions,
    private readonly known: { readonly head: number; readonly signal: AbortSignal },
  ) {
    this.position = options.after;
    this.passed = options.after;
    this.line = connection.line;
    this.subscription = this.line.client.subscribeToAll({
      fromPosition: readingFrom(options.after),
      filter: this.filter(),
    });
    this.listen();
    // One that was never confirmed would wait for ever.
    connection.answered(this.line, this.begun()).catch((error: unknown) => this.fail(error));
  }

  async *pages(): AsyncGenerator<LogPage> {
    const { signal } = this.known;
    try {
      while (!signal.aborted) {
        const page = this.nextPage();
        if (page !== null) yield page;
        else if (this.failure !== null) throw this.failure;
        else await this.moved();
      }
    } finally {
      signal.removeEventListener('abort', this.onMove);
      this.line.lost.removeEventListener('abort', this.onLost);
      await this.leave();
    }
  }

  private filter(): Filter {
    return eventTypeFilter({
      regex: serverFilterOf(this.options.filter),
      checkpointInterval: CHECKPOINT_INTERVAL,
      checkpointReached: (_, { commit, prepare }) => {
        // Only where a record begins can be resumed from.
        if (commit === prepare) this.pass(positionOf(commit));
      },
    });
  }

  private listen(): void {
    this.subscription
      .on('readable', this.onMove)
      // All that the log had when the subscription began has been looked at.
      .on('caughtUp', () => this.pass(this.known.head))
      .on('error', (error) => this.fail(error))
      .on('end', () => this.fail(new Error('the server ended the subscription')))
      .on('close', () => this.fail(new Error('the subscription was closed')));
    this.known.signal.addEventListener('abort', this.onMove);
    this.line.lost.addEventListener('abort', this.onLost);
  }

  /** Resolves when the server has confirmed the subscription, or nobody is interested any more. */
  private begun(): Promise<void> {
    return new Promise((resolve) => {
      this.subscription.once('confirmation', resolve);
      this.left = resolve;
    });
  }

  private readonly onLost = (): void => this.fail(new Error('the connection was given up'));

  private readonly onMove = (): void => this.wake();

  private pass(position: number): void {
    this.passed = Math.max(this.passed, position);
    this.wake();
  }

  private fail(error: unknown): void {
    this.failure ??= readFailure(error);
    this.wake();
  }

  /** What has arrived; null when nothing has. */
  private nextPage(): LogPage | null {
    const { filter, limit = PAGE_EVENTS_DEFAULT } = this.options;
    const events: RecordedEvent[] = [];
    let position = this.position;
    let bytes = 0;
    while (events.length < limit && bytes < PAGE_BYTES_MAX) {
      const record = this.read();
      if (record === null) {
        // Nothing that arrived before the checkpoint is left.
        position = Math.max(position, this.passed);
        break;
      }
      if (isSystemEvent(record)) continue;
      const event = recordedOf(record);
      position = event.position;
      if (!passesFilter(event, filter)) continue;
      events.push(event);
      bytes += event.data instanceof Uint8Array ? event.data.byteLength : 0;
    }
    if (position === this.position) return null;
    this.position = position;
    return { events, position };
  }

  private read(): WireRecord | null {
    const resolved = this.subscription.read() as { readonly event?: WireRecord } | null;
    return resolved?.event ?? null;
  }

  private moved(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.known.signal.aborted || this.subscription.readableLength > 0) resolve();
    });
  }

  private async leave(): Promise<void> {
    this.subscription.removeAllListeners('readable');
    // What fails after we have left concerns nobody, and the client keeps a call for ever that is not read to its end.
    this.subscription.on('error', () => undefined);
    this.left();
    const ended = this.subscription.unsubscribe().catch(() => undefined);
    if (!this.line.lost.aborted) await ended;
    this.subscription.resume();
  }
}
