import { body } from './regions';

/** Where reading stands. */
export let at: usize = 0;

/** Whether the text read last holds anything but ASCII. */
export let isWide: bool = false;

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;
const SPACE: u8 = 0x20;

export function startAt(place: usize): void {
  at = place;
}

export function peek(): u8 {
  return load<u8>(at);
}

/** Passes white space and then the byte, if that is what follows. */
export function pass(byte: u8): bool {
  let next = load<u8>(at);
  if (next <= SPACE) {
    skipSpace();
    next = load<u8>(at);
  }
  if (next !== byte) return false;
  at += 1;
  return true;
}

export function skipSpace(): void {
  for (;;) {
    const byte = load<u8>(at);
    if (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    at += 1;
  }
}

/**
 * Passes a text whose opening quote comes next, and answers where that quote is; 0 for a text with an escape or a control character, or
 * for none. The closing quote is the byte before `at`.
 */
export function passText(): usize {
  if (!pass(QUOTE)) return 0;
  const start = at - 1;
  isWide = false;
  while (true) {
    const chunk = v128.load(at);
    const stops = v128.or(
      v128.or(i8x16.eq(chunk, i8x16.splat(QUOTE)), i8x16.eq(chunk, i8x16.splat(BACKSLASH))),
      i8x16.lt_u(chunk, i8x16.splat(SPACE)),
    );
    const stop = i8x16.bitmask(stops);
    const wide = i8x16.bitmask(chunk);
    if (stop !== 0) return endText(start, ctz(stop), wide);
    if (wide !== 0) isWide = true;
    at += 16;
  }
  return 0;
}

function endText(start: usize, before: i32, wide: i32): usize {
  if ((wide & ((1 << before) - 1)) !== 0) isWide = true;
  at += before;
  if (peek() !== QUOTE) return 0;
  at += 1;
  return start;
}

/** Passes the rest of a word, whose first byte was looked at. */
export function passWord(word: u32, length: usize): bool {
  if (load<u32>(at + length - 4) !== word) return false;
  at += length;
  return true;
}

/** How far into the body reading has come. */
export function offsetOf(place: usize): i32 {
  return <i32>(place - body);
}
