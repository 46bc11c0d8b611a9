/** Where things lie in memory. Everything but the hashes of subjects, which come first, is laid anew for each part of a batch, so nothing has to be freed. */

/** Text is copied in pieces of 16 bytes, so there must be as many behind it. */
const MARGIN: usize = 16;

/** Bytes of an entry: the hash, six bytes of the position, two of the index. */
export const ENTRY: usize = 24;

/** What is kept of each subject's hash, by its number. They stay where they are. */
export let subjectHashes: usize = 0;
/** The subjects that the part names, by their numbers, and for each record which of those it is about. */
export let named: usize = 0;
export let namedBy: usize = 0;
export let ids: usize = 0;
export let idEnds: usize = 0;
export let entries: usize = 0;
export let lanes: usize = 0;
/** Bytes of a lane, in which a message is put together. */
export let laneBytes: usize = 0;

let end: usize = 0;

/**
 * Lays the regions out behind the hashes of so many subjects: for so many records that name so many of them, transaction ids of so many bytes in all,
 * and messages of at most so many bytes.
 */
export function reserve(
  subjects: i32,
  records: i32,
  namedSubjects: i32,
  idBytes: i32,
  messageBytes: i32,
): void {
  end = (__heap_base + 15) & ~15;
  subjectHashes = take((<usize>subjects) << 4);
  named = take((<usize>namedSubjects) << 2);
  namedBy = take((<usize>records) << 2);
  ids = take(<usize>idBytes + MARGIN);
  idEnds = take((<usize>records) << 2);
  entries = take(<usize>records * ENTRY);
  // Behind the message there are the byte that ends it and its length, in a block of their own at worst.
  laneBytes = (<usize>messageBytes + 128) & ~63;
  lanes = take(laneBytes << 2);
  grow();
}

function take(bytes: usize): usize {
  const at = end;
  end = (end + bytes + 15) & ~15;
  return at;
}

function grow(): void {
  const pages = <i32>((end + 0xffff) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
}
