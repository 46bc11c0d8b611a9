import { slotMask, textAt, textLength, textSlots, textsMax } from './regions';

/** Texts of the body that were told apart so far. Text `n` is a value as it stands in the body: a string has its quotes. */
export let count: i32 = 0;

/** Looking further than this means that somebody made texts that gather in one place. */
const PROBES_MAX: i32 = 64;

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

export function forgetTexts(): void {
  count = 0;
}

/** The number of a text; -1 when there are too many. */
export function intern(at: usize, length: i32): i32 {
  let slot = hashOf(at, length);
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    slot &= slotMask;
    const known = load<i32>(textSlots + ((<usize>slot) << 2)) - 1;
    if (known < 0) return add(slot, at, length);
    if (isText(known, at, length)) return known;
    slot += 1;
  }
  return -1;
}

/** Whether text `known` is these bytes. */
export function isText(known: i32, at: usize, length: i32): bool {
  const offset = (<usize>known) << 2;
  return (
    load<i32>(textLength + offset) === length &&
    areSame(<usize>load<i32>(textAt + offset), at, length)
  );
}

function areSame(a: usize, b: usize, length: i32): bool {
  const end = a + length;
  while (a + 8 <= end) {
    if (load<u64>(a) !== load<u64>(b)) return false;
    a += 8;
    b += 8;
  }
  return a === end || ((load<u64>(a) ^ load<u64>(b)) & lowBytes(end - a)) === 0;
}

function add(slot: u32, at: usize, length: i32): i32 {
  if (count === textsMax) return -1;
  store<i32>(textAt + ((<usize>count) << 2), <i32>at);
  store<i32>(textLength + ((<usize>count) << 2), length);
  count += 1;
  store<i32>(textSlots + ((<usize>slot) << 2), count);
  return count - 1;
}

function hashOf(at: usize, length: i32): u32 {
  const end = at + length;
  let hash: u64 = <u64>length * MULTIPLIER;
  while (at + 8 <= end) {
    hash = rotl(hash ^ load<u64>(at), 23) * MULTIPLIER;
    at += 8;
  }
  if (at < end) hash = rotl(hash ^ (load<u64>(at) & lowBytes(end - at)), 23) * MULTIPLIER;
  return (<u32>(hash >>> 32)) ^ (<u32>hash);
}

/** A mask of the first bytes of a word, 1 to 7 of them. */
function lowBytes(bytes: usize): u64 {
  return ((<u64>1) << ((<u64>bytes) << 3)) - 1;
}
