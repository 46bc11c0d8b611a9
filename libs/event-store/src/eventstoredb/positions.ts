import { START, type Position } from '@eventstore/db-client';

/**
 * A position of the port is twice the commit position of the server. So every number is a place where the server can be asked to go on,
 * which accepts only positions that a record begins at: an even one is an event that has been read, an odd one lies just before
 * the event above it. Safe integers last for a log of four petabytes.
 */
export function positionOf(commit: bigint): number {
  const position = 2n * commit;
  if (position > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`commit position ${commit} is beyond what a position can hold`);
  }
  return Number(position);
}

/** Where the server begins to read so that everything after a position is found. The event at an even position comes along. */
export function readingFrom(after: number): Position | typeof START {
  if (after <= 0) return START;
  const commit = BigInt(Math.ceil(after / 2));
  return { commit, prepare: commit };
}
