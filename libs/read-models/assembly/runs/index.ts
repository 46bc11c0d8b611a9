import { bucketEnds, laid, partEnds, spare } from './regions';
import { copyEntry, isBelow, mergeParts, swapWords } from './entries';

export { laid, partEnds, reserve } from './regions';

/** So many entries are put in order one by one. */
const INSERTED: usize = 10;

/** Buckets of the first pass at most, in bits: their counters stay in the processor's cache. */
const BUCKET_BITS_MAX: u32 = 16;

/**
 * Sorts the `count` entries of `width` bytes that are laid, by their bytes. Their first bits put them into buckets, about as many as there are entries, which
 * is almost all there is to do for hashed keys. Answers where they lie then.
 */
export function sort(count: u32, width: usize): usize {
  const bytes = <usize>count * width;
  swapWords(laid, bytes);
  const shift = <u64>(64 - min(BUCKET_BITS_MAX, max(1, 31 - clz<u32>(count))));
  scatter(laid + bytes, width, shift);
  const buckets = bucketCount(shift);
  let from = spare;
  for (let bucket: usize = 0; bucket < buckets; bucket += 1) {
    const to = <usize>load<u32>(bucketEnds + (bucket << 2));
    if (to - from > width) sortPart(from, to, width);
    from = to;
  }
  swapWords(spare, bytes);
  return spare;
}

/** How many buckets there are when this many bits of a word do not choose one. */
function bucketCount(shift: u64): usize {
  const one: usize = 1;
  return one << (64 - <usize>shift);
}

/** Moves what is laid up to `end` into buckets, which stand side by side in the spare region. */
function scatter(end: usize, width: usize, shift: u64): void {
  const buckets = bucketCount(shift);
  memory.fill(bucketEnds, 0, buckets << 2);
  for (let at = laid; at < end; at += width) {
    const counter = bucketEnds + ((<usize>(load<u64>(at) >> shift)) << 2);
    store<u32>(counter, load<u32>(counter) + <u32>width);
  }
  let begin = spare;
  for (let bucket: usize = 0; bucket < buckets; bucket += 1) {
    const counter = bucketEnds + (bucket << 2);
    const bytes = <usize>load<u32>(counter);
    // Where the bucket begins, until its entries have been put there.
    store<u32>(counter, <u32>begin);
    begin += bytes;
  }
  for (let at = laid; at < end; at += width) {
    const counter = bucketEnds + ((<usize>(load<u64>(at) >> shift)) << 2);
    const to = <usize>load<u32>(counter);
    copyEntry(to, at, width);
    store<u32>(counter, <u32>(to + width));
  }
}

/** Pieces are sorted by insertion and then merged, two and two. What was laid has been moved, so there is room. */
function sortPart(from: usize, to: usize, width: usize): void {
  let size = INSERTED * width;
  for (let start = from; start < to; start += size) insert(start, min(start + size, to), width);
  for (; size < to - from; size <<= 1) {
    for (let start = from; start + size < to; start += size << 1) {
      mergeParts(start, start + size, min(start + (size << 1), to), laid, width);
    }
  }
}

function insert(from: usize, to: usize, width: usize): void {
  for (let next = from + width; next < to; next += width) {
    if (!isBelow(next, next - width, width)) continue;
    copyEntry(laid, next, width);
    let at = next;
    do {
      copyEntry(at, at - width, width);
      at -= width;
    } while (at > from && isBelow(laid, at - width, width));
    copyEntry(at, laid, width);
  }
}

/** Merges so many sorted parts, which are laid side by side and end where `partEnds` says. Answers where the entries lie then. */
export function merge(parts: u32, width: usize): usize {
  const bytes = endOf(parts - 1);
  swapWords(laid, bytes);
  for (let step: u32 = 1; step < parts; step <<= 1) {
    for (let part: u32 = 0; part + step < parts; part += step << 1) {
      const from = part === 0 ? 0 : endOf(part - 1);
      const to = endOf(min(part + (step << 1), parts) - 1);
      mergeParts(laid + from, laid + endOf(part + step - 1), laid + to, spare, width);
    }
  }
  swapWords(laid, bytes);
  return laid;
}

/** In bytes from the first part's beginning. */
function endOf(part: u32): usize {
  return <usize>load<u32>(partEnds + ((<usize>part) << 2));
}
