import type { JsonValue } from '@odometer/domain';

export const UUID_BYTES = 16;
const UUID_LENGTH = 36;
const DASH = 0x2d;
const NO_DIGIT = 0xff;
const DIGITS = '0123456789abcdef';

const DIGIT_CODES = Buffer.from(DIGITS);

/** Value of a lower-case hex digit by its character code. */
const DIGIT_VALUES = new Uint8Array(128).fill(NO_DIGIT);
for (let value = 0; value < DIGITS.length; value += 1) {
  DIGIT_VALUES[DIGITS.charCodeAt(value)] = value;
}

/** Where the first digits of the bytes stand in the text; the others hold dashes. */
const DIGITS_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const DASHES_AT = [8, 13, 18, 23] as const;

/** 16 bytes each; undefined when one is not a UUID in its lower-case form, which alone comes back as it was. */
export function packUuids(values: readonly JsonValue[]): Uint8Array | undefined {
  const packed = new Uint8Array(values.length * UUID_BYTES);
  let at = 0;
  for (const value of values) {
    if (typeof value !== 'string' || !packUuid(value, packed, at)) return undefined;
    at += UUID_BYTES;
  }
  return packed;
}

function packUuid(text: string, packed: Uint8Array, at: number): boolean {
  if (text.length !== UUID_LENGTH) return false;
  for (const dash of DASHES_AT) if (text.charCodeAt(dash) !== DASH) return false;
  for (let i = 0; i < UUID_BYTES; i += 1) {
    const digit = DIGITS_AT[i]!;
    const high = DIGIT_VALUES[text.charCodeAt(digit)] ?? NO_DIGIT;
    const low = DIGIT_VALUES[text.charCodeAt(digit + 1)] ?? NO_DIGIT;
    if (high === NO_DIGIT || low === NO_DIGIT) return false;
    packed[at + i] = (high << 4) | low;
  }
  return true;
}

/** All texts are written at once and cut: making one string of many is what costs. */
export function unpackUuids(packed: Uint8Array): string[] {
  const count = packed.length / UUID_BYTES;
  const text = Buffer.allocUnsafe(count * UUID_LENGTH);
  for (let i = 0; i < count; i += 1) writeUuid(packed, i * UUID_BYTES, text, i * UUID_LENGTH);
  const all = text.toString('latin1');
  const uuids: string[] = [];
  for (let at = 0; at < all.length; at += UUID_LENGTH) uuids.push(all.slice(at, at + UUID_LENGTH));
  return uuids;
}

const ONE = Buffer.alloc(UUID_LENGTH);

/** The text of the UUID with this index among packed ones. */
export function uuidText(packed: Uint8Array, index: number): string {
  writeUuid(packed, index * UUID_BYTES, ONE, 0);
  return ONE.toString('latin1');
}

/** Writes the UUID_LENGTH characters of the 16 bytes at `from`. */
function writeUuid(packed: Uint8Array, from: number, text: Uint8Array, to: number): void {
  for (const dash of DASHES_AT) text[to + dash] = DASH;
  for (let i = 0; i < UUID_BYTES; i += 1) {
    const digit = to + DIGITS_AT[i]!;
    const byte = packed[from + i]!;
    text[digit] = DIGIT_CODES[byte >>> 4]!;
    text[digit + 1] = DIGIT_CODES[byte & 0xf]!;
  }
}
