import type { EntryRoom } from './entry-room.js';
import { sortModule } from './sort-module.js';

/**
 * Entries of a fixed width, side by side in one buffer. Their order is that of their bytes; the width is a multiple of 8.
 */

export const WORD_BYTES = 4;

/** A sorted copy, in a room where one is given. Entries that are equal to the byte stay side by side. */
export function sortEntries(entries: Buffer, width: number, room?: EntryRoom): Buffer {
  const count = entries.length / width;
  const module = sortModule();
  module.reserve(entries.length, 0);
  lay(entries, module.laid.value);
  const sorted = module.sort(count, width);
  return copyOf(sorted, room?.take(entries.length) ?? newBuffer(entries.length));
}

/** The same of entries in parts that are sorted already. They are put into a buffer of their length, where they may have been before. */
export function mergeEntries(parts: readonly Buffer[], width: number, into?: Buffer): Buffer {
  const some = parts.filter((part) => part.length > 0);
  const bytes = some.reduce((sum, part) => sum + part.length, 0);
  if (some.length < 2 && into === undefined) return some[0] ?? Buffer.alloc(0);
  const module = sortModule();
  module.reserve(bytes, some.length);
  const ends = new Uint32Array(module.memory.buffer, module.partEnds.value, some.length);
  let end = 0;
  for (const [i, part] of some.entries()) {
    lay(part, module.laid.value + end);
    end += part.length;
    ends[i] = end;
  }
  return copyOf(module.merge(some.length, width), into ?? newBuffer(bytes));
}

const lay = (entries: Buffer, at: number): void =>
  new Uint8Array(sortModule().memory.buffer, at, entries.length).set(entries);

function copyOf(at: number, into: Buffer): Buffer {
  into.set(new Uint8Array(sortModule().memory.buffer, at, into.length));
  return into;
}

/** Not in the pool of small buffers, whose pieces need not begin at a whole word. */
const newBuffer = (bytes: number): Buffer => Buffer.from(new ArrayBuffer(bytes));

/** Number of entries that are lower than, or (with `inclusive`) not above, `bound`, which may be a prefix of an entry. */
export function countBelow(
  entries: Buffer,
  width: number,
  bound: Buffer,
  inclusive: boolean,
): number {
  let low = 0;
  let high = entries.length / width;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = middle * width;
    const order = entries.compare(bound, 0, bound.length, start, start + bound.length);
    if (order < 0 || (inclusive && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The words of entries as this machine reads them; copied when they do not begin at one. */
export function wordsOf(entries: Buffer): Uint32Array {
  const aligned = entries.byteOffset % WORD_BYTES === 0 ? entries : new Uint8Array(entries);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, entries.length / WORD_BYTES);
}
