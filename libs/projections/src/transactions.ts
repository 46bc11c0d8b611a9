import type { LogPage, RecordedEvent } from '@odometer/event-store';
import { bytesOf } from './log-tail.js';

/** Events that are applied together, and the position that the shard has reached with them. */
export interface Piece {
  readonly events: readonly RecordedEvent[];
  readonly to: number;
  /** Payload bytes. */
  readonly bytes: number;
  /** Whether its transaction may hold nothing else, because an event up to here could not be applied. */
  readonly alone: boolean;
}

interface PieceLimits {
  /** Payload bytes of one piece; a single larger event goes alone. */
  readonly bytes: number;
  /** Up to here each event goes alone, because one of them could not be applied. */
  readonly singleUntil: number;
}

/** Cuts a page up, in the order of the log. The last piece also passes what the page looked at behind its last event. */
export function* piecesOf(page: LogPage, limits: PieceLimits): Generator<Piece> {
  let events: RecordedEvent[] = [];
  let bytes = 0;
  const alone = (): boolean => events[0]!.position <= limits.singleUntil;
  for (const event of page.events) {
    const last = events.at(-1);
    const full = bytes + bytesOf(event) > limits.bytes || event.position <= limits.singleUntil;
    if (last !== undefined && full) {
      yield { events, to: last.position, bytes, alone: alone() };
      events = [];
      bytes = 0;
    }
    events.push(event);
    bytes += bytesOf(event);
  }
  if (events.length > 0) yield { events, to: page.position, bytes, alone: alone() };
}

interface TransactionLimits {
  /** Payload bytes of one transaction; a single larger piece goes alone. */
  readonly bytes: number;
  /** No piece is taken after this time. */
  readonly endsAt: number;
  readonly now: () => number;
}

/** Pieces one after the other, of which the next can be looked at. */
export class Pieces {
  private constructor(
    private readonly source: AsyncIterator<Piece, void>,
    private upcoming: Piece | null,
  ) {}

  static async of(source: AsyncIterator<Piece, void>): Promise<Pieces> {
    return new Pieces(source, await nextOf(source));
  }

  /** Null when none is left. */
  get next(): Piece | null {
    return this.upcoming;
  }

  /** Those that go into one transaction: the next one, and more while the limits allow it. */
  async *transaction({
    bytes: limit,
    endsAt,
    now,
  }: TransactionLimits): AsyncGenerator<Piece, void> {
    let bytes = 0;
    for (let piece = this.upcoming; piece !== null;) {
      yield piece;
      bytes += piece.bytes;
      const { alone } = piece;
      this.upcoming = await nextOf(this.source);
      piece = this.upcoming;
      if (alone || piece?.alone || now() >= endsAt) return;
      if (piece !== null && bytes + piece.bytes > limit) return;
    }
  }
}

async function nextOf(source: AsyncIterator<Piece, void>): Promise<Piece | null> {
  const { value, done } = await source.next();
  return done === true ? null : value;
}
