/** Turns the bytes of every word of eight around: entries are ordered as bytes, and compared as numbers. */
export function swapWords(from: usize, bytes: usize): void {
  const end = from + bytes;
  // Regions end at a whole vector, so the last one may go beyond the entries.
  for (let at = from; at < end; at += 16) {
    v128.store(
      at,
      i8x16.shuffle(
        v128.load(at),
        v128.load(at),
        7,
        6,
        5,
        4,
        3,
        2,
        1,
        0,
        15,
        14,
        13,
        12,
        11,
        10,
        9,
        8,
      ),
    );
  }
}

export function isBelow(a: usize, b: usize, width: usize): bool {
  for (let at: usize = 0; at < width; at += 8) {
    const x = load<u64>(a + at);
    const y = load<u64>(b + at);
    if (x !== y) return x < y;
  }
  return false;
}

export function copyEntry(to: usize, from: usize, width: usize): void {
  for (let at: usize = 0; at < width; at += 8) store<u64>(to + at, load<u64>(from + at));
}

/** Merges two sorted parts that follow each other, by way of room for the first. */
export function mergeParts(from: usize, middle: usize, to: usize, room: usize, width: usize): void {
  if (from === middle || middle === to || !isBelow(middle, middle - width, width)) return;
  memory.copy(room, from, middle - from);
  let left = room;
  const leftEnd = room + (middle - from);
  let right = middle;
  let at = from;
  while (left < leftEnd && right < to) {
    if (isBelow(right, left, width)) {
      copyEntry(at, right, width);
      right += width;
    } else {
      copyEntry(at, left, width);
      left += width;
    }
    at += width;
  }
  memory.copy(at, left, leftEnd - left);
}
