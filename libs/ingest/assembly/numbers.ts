import { at, peek, startAt } from './cursor';

/** What the number passed last is, and its value. */
export let kind: i32 = 0;
export let number: f64 = 0;

/** None that is read here: too long, with an exponent, or not as JSON writes it. */
export const UNUSUAL: i32 = 0;
export const WHOLE: i32 = 1;
/** With a fraction; its text is the one that JSON gives the value. */
export const FRACTION: i32 = 2;

/** A double carries so many digits, whatever they are. */
const DIGITS_MAX: usize = 15;

/** From so many zeros behind the point on, JSON writes an exponent. */
const ZEROS_MAX: usize = 5;

function isDigit(byte: u8): bool {
  return byte - 0x30 <= 9;
}

/** Passes a number whose first byte comes next: a digit or a minus. */
export function passNumber(): i32 {
  kind = UNUSUAL;
  const isNegative = peek() === 0x2d;
  const start = at + (isNegative ? 1 : 0);
  let place = start;
  let value: u64 = 0;
  while (isDigit(load<u8>(place))) {
    value = value * 10 + (load<u8>(place) - 0x30);
    place += 1;
    if (place - start > DIGITS_MAX) return kind;
  }
  const startsWithZero = load<u8>(start) === 0x30;
  if (place === start || (startsWithZero && place - start > 1)) return kind;
  if (load<u8>(place) === 0x2e) return passFraction(start, place, value, isNegative);
  // The value -0 has other text than 0.
  if ((value === 0 && isNegative) || (load<u8>(place) | 0x20) === 0x65) return kind;
  number = isNegative ? -(<f64>value) : <f64>value;
  startAt(place);
  kind = WHOLE;
  return kind;
}

function passFraction(start: usize, point: usize, value: u64, isNegative: bool): i32 {
  let place = point + 1;
  let scale: f64 = 1;
  while (isDigit(load<u8>(place))) {
    value = value * 10 + (load<u8>(place) - 0x30);
    scale *= 10;
    place += 1;
    if (place - start - 1 > DIGITS_MAX) return kind;
  }
  // Zeros at the end, and many behind the point, are written in another way by JSON.
  if (load<u8>(place - 1) === 0x30 || place === point + 1) return kind;
  if ((load<u8>(place) | 0x20) === 0x65) return kind;
  if (load<u8>(start) === 0x30 && zerosBehind(point) > ZEROS_MAX) return kind;
  // Both are exact, so their quotient is the double nearest to the text.
  number = (isNegative ? -(<f64>value) : <f64>value) / scale;
  startAt(place);
  kind = FRACTION;
  return kind;
}

function zerosBehind(point: usize): usize {
  let place = point + 1;
  while (load<u8>(place) === 0x30) place += 1;
  return place - point - 1;
}
