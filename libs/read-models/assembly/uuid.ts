/** Characters of a UUID's text. */
export const UUID: usize = 36;

const DASH: u8 = 0x2d;

/** Writes the text of 16 bytes: lower-case digits, with dashes. */
export function writeUuid(bytes: usize, to: usize): void {
  const packed = v128.load(bytes);
  const high = i8x16.shr_u(packed, 4);
  const low = v128.and(packed, i8x16.splat(0x0f));
  // 0 to 9, a to f.
  const digits = i8x16(
    0x30,
    0x31,
    0x32,
    0x33,
    0x34,
    0x35,
    0x36,
    0x37,
    0x38,
    0x39,
    0x61,
    0x62,
    0x63,
    0x64,
    0x65,
    0x66,
  );
  const front = v128.swizzle(
    digits,
    v128.shuffle<u8>(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
  );
  const back = v128.swizzle(
    digits,
    v128.shuffle<u8>(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
  );
  store<u64>(to, v128.extract_lane<u64>(front, 0));
  store<u8>(to + 8, DASH);
  store<u32>(to + 9, v128.extract_lane<u32>(front, 2));
  store<u8>(to + 13, DASH);
  store<u32>(to + 14, v128.extract_lane<u32>(front, 3));
  store<u8>(to + 18, DASH);
  store<u32>(to + 19, v128.extract_lane<u32>(back, 0));
  store<u8>(to + 23, DASH);
  store<u32>(to + 24, v128.extract_lane<u32>(back, 1));
  store<u64>(to + 28, v128.extract_lane<u64>(back, 1));
}
