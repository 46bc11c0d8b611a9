/** Lanes of a vector as bytes. */
function all(byte: u8): v128 {
  return i8x16.splat(byte);
}

/** Writes the 16 bytes of a UUID of 36 characters in lower case; false when these are none. */
export function readUuid(at: usize, to: usize): bool {
  if (load<u8>(at, 8) !== 0x2d || load<u8>(at, 13) !== 0x2d) return false;
  if (load<u8>(at, 18) !== 0x2d || load<u8>(at, 23) !== 0x2d) return false;
  // Sixteen digits each, the dashes left out.
  const first = i8x16.shuffle(
    v128.load(at),
    v128.load(at, 16),
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    9,
    10,
    11,
    12,
    14,
    15,
    16,
    17,
  );
  const second = i8x16.shuffle(
    v128.load(at, 16),
    v128.load(at, 20),
    3,
    4,
    5,
    6,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    28,
    29,
    30,
    31,
  );
  if (!areDigits(first) || !areDigits(second)) return false;
  const low = valuesOf(first);
  const high = valuesOf(second);
  const tens = i8x16.shuffle(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const ones = i8x16.shuffle(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  v128.store(to, v128.or(i8x16.shl(tens, 4), ones));
  return true;
}

/** Whether all of the characters are hex digits in lower case. */
function areDigits(characters: v128): bool {
  const isDigit = i8x16.le_u(i8x16.sub(characters, all(0x30)), all(9));
  return i8x16.all_true(v128.or(isDigit, isLetter(characters)));
}

/** 0 to 15 for each hex digit: a letter's low bits count from 1. */
function valuesOf(digits: v128): v128 {
  const low = v128.and(digits, all(0x0f));
  return i8x16.add(low, v128.and(isLetter(digits), all(9)));
}

function isLetter(characters: v128): v128 {
  return i8x16.le_u(i8x16.sub(characters, all(0x61)), all(5));
}
