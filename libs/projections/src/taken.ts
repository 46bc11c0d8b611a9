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
