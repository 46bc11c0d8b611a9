/** Where things lie in memory. Everything is laid anew for each sorting, so nothing has to be freed. */

const BUCKETS_MAX: usize = 65_536;

/** The entries that are given. */
export let laid: usize = 0;
/** As much room again. */
export let spare: usize = 0;
/** Where each part ends, in bytes. */
export let partEnds: usize = 0;
/** Where each bucket ends. */
export let bucketEnds: usize = 0;

let end: usize = 0;

/** Lays the regions out for entries of so many bytes in all, in so many parts. */
export function reserve(bytes: usize, parts: usize): void {
  end = (__heap_base + 15) & ~15;
  bucketEnds = take(BUCKETS_MAX << 2);
  partEnds = take(parts << 2);
  laid = take(bytes);
  spare = take(bytes);
  const pages = <i32>((end + 0xffff) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
}

function take(bytes: usize): usize {
  const at = end;
  end = (end + bytes + 15) & ~15;
  return at;
}
