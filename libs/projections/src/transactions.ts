import type { LogPage, RecordedEvent } from '@odometer/event-store';
import { bytesOf } from './log-tail.js';

/** Events that are applied together, and the position that the shard has reached with them. */
export interface Piece {
  readonly events: readonly RecordedEvent[];
  readonly to: number;
  /** Payload bytes. */
  readonly bytes: number;
}

interface PieceLimits {
  /** Payload bytes of one piece; a single larger event goes alone. */
  readonly bytes: number;
  /** Events of one piece, 1 at least. */
  readonly events: number;
}

/** What comes next on a page, behind its first `from` events. The last piece also passes what the page looked at behind its last event. */
function pieceOf({ events: all, position }: LogPage, from: number, limits: PieceLimits): Piece {
  const most = Math.min(all.length, from + limits.events);
  let bytes = bytesOf(all[from]!);
  let end = from + 1;
  for (; end < most; end += 1) {
    const more = bytes + bytesOf(all[end]!);
    if (more > limits.bytes) break;
    bytes = more;
  }
  const isLast = end === all.length;
  const events = isLast && from === 0 ? all : all.slice(from, end);
  return { events, to: isLast ? position : all[end - 1]!.position, bytes };
}

interface TransactionLimits {
  readonly piece: { readonly bytes: number };
  /** Payload bytes of one transaction; a single larger piece goes alone. */
  readonly bytes: number;
  /** Events of one transaction, 1 at least. */
  readonly events: number;
  /** No piece is taken after this time. */
  readonly endsAt: number;
  readonly now: () => number;
}

/** What a shard applies next: a page, and those behind it that have to be read, cut into transactions, and these into pieces. */
export class Pieces {
  /** Null when nothing is left. */
  private page: LogPage | null;
  /** Events of the page that were taken. */
  private taken = 0;

  constructor(
    first: LogPage,
    /** The page behind the last one; null where none is at hand. */
    private readonly more: () => Promise<LogPage | null>,
    private readonly signal: AbortSignal,
  ) {
    this.page = this.usable(first);
  }

  get areLeft(): boolean {
    return this.page !== null;
  }

  /** Those that go into one transaction: the next one, and more while the limits allow it. */
  async *transaction(limits: TransactionLimits): AsyncGenerator<Piece, void> {
    let bytes = 0;
    let events = 0;
    while (this.page !== null && events < limits.events) {
      const size = { bytes: limits.piece.bytes, events: limits.events - events };
      const piece = pieceOf(this.page, this.taken, size);
      if (events > 0 && bytes + piece.bytes > limits.bytes) return;
      yield piece;
      bytes += piece.bytes;
      events += piece.events.length;
      await this.take(this.page, piece.events.length);
      if (limits.now() >= limits.endsAt) return;
    }
  }

  private async take(page: LogPage, events: number): Promise<void> {
    this.taken += events;
    if (this.signal.aborted) this.page = null;
    if (this.page === null || this.taken < page.events.length) return;
    const next = await this.more();
    this.page = next && this.usable(next);
    this.taken = 0;
  }

  /** A page that holds nothing is the last one, so that the shard is seen to have passed it. */
  private usable(page: LogPage): LogPage | null {
    return page.events.length === 0 || this.signal.aborted ? null : page;
  }
}
