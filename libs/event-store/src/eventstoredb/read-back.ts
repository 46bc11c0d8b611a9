import { UnknownOutcome, type RecordedEvent } from '../event-store.js';
import type { Connection } from './connection.js';
import { streamEvents } from './reader.js';

/** Events that are in a stream: so many from a revision on. Throws UnknownOutcome when they cannot be read: asking again tells. */
export async function readBack(
  connection: Connection,
  streamId: string,
  from: number,
  count: number,
): Promise<readonly RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  try {
    for await (const event of streamEvents(connection, streamId, { from, limit: count })) {
      found.push(event);
    }
  } catch (error) {
    throw new UnknownOutcome(`stream ${streamId}: appended, but cannot be read back`, {
      cause: error,
    });
  }
  if (found.length === count) return found;
  throw new Error(
    `stream ${streamId} has ${found.length} of the ${count} events that were appended from revision ${from} on`,
  );
}
