import type { RecordedEvent } from '@odometer/event-store';
import type { Piece } from './transactions.js';

/** What a transaction has taken in so far. */
export interface Taken {
  events: number;
  last: RecordedEvent | undefined;
}

/** Counts pieces on their way into a transaction. */
export async function* counted(
  pieces: AsyncIterable<Piece>,
  taken: Taken,
): AsyncGenerator<Piece, void> {
  for await (const piece of pieces) {
    taken.events += piece.events.length;
    taken.last = piece.events.at(-1);
    yield piece;
  }
}

/** How small transactions have to be after what went wrong. */
export class Caution {
  private halvings = 0;
  /** Up to here each event goes alone, because one of them could not be applied. */
  singleUntil = 0;

  /** So many of the bytes that a limit allows. */
  bytesOf(limit: number): number {
    return limit / 2 ** this.halvings;
  }

  /** What took too long for the database's time limit would do so again. */
  takeLess(): void {
    this.halvings += 1;
  }

  /** Begins anew where there is little to take in anyway. */
  relax(): void {
    this.halvings = 0;
  }

  /** A transaction could not be applied. Answers whether it is clear which event is to blame; if not, it will be. */
  knowsWhy({ events, last }: Taken): boolean {
    if (last === undefined || events < 2) return true;
    this.singleUntil = last.position;
    return false;
  }
}
