import { decimal, toText, type Decimal } from '../kernel/decimal.js';
import type { JsonValue } from '../kernel/json.js';
import type { Observation } from './aggregation.js';

/**
 * A quantity as states keep it: a JSON number when that is exact (a safe integer, or a fraction of at most 15 digits and 15
 * places, whose digits any double gives back), else plain decimal text. Every quantity has one such form, so equal
 * quantities are equal JSON.
 */
export type CompactNumber = number | string;

/** Longest text that is read as a number: more than any double needs when it is written out. */
export const NUMBER_TEXT_LENGTH_MAX = 400;

const DECIMAL_TEXT = /^-?\d+(\.\d+)?$/;

/** A text of this length has at most 15 digits. */
const SHORT_TEXT_LENGTH_MAX = 15;
const SCALE_MAX = 15;
/** Digits of a fraction, taken as an integer, stay below this. */
const DIGITS_END = 1e15;
const POWERS_OF_TEN = Array.from({ length: SCALE_MAX + 1 }, (_, exponent) => 10 ** exponent);

/**
 * Why a value is no number, or null when it is one: a finite JSON number (any notation, as it was taken exactly on the way in)
 * or decimal text. Text with an exponent, signs such as `+`, and blanks are refused.
 */
export function refusalOfNumber(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return 'missing_field';
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'not_a_number';
  if (typeof value !== 'string') return 'not_a_number';
  if (value.length > NUMBER_TEXT_LENGTH_MAX) return 'number_too_long';
  return DECIMAL_TEXT.test(value) ? null : 'not_a_number';
}

export const refusesNumber = ({ value }: Observation): string | null => refusalOfNumber(value);

/** The one form of a number, which must be one that `refusesNumber` lets pass. */
export function compactNumber(value: JsonValue | undefined): CompactNumber {
  if (typeof value === 'string') {
    // Adding 0 turns -0, which JSON would change on its way, into 0.
    return value.length <= SHORT_TEXT_LENGTH_MAX ? Number(value) + 0 : compacted(decimal(value));
  }
  const number = value as number;
  return scaleOf(number) === null ? compacted(decimal(number)) : number + 0;
}

/**
 * Exact sum. Safe integers and short fractions are added as integers of one scale: this is the hottest line of metering,
 * and decimals are fifty times slower.
 */
export function addCompact(a: CompactNumber, b: CompactNumber): CompactNumber {
  const short = typeof a === 'number' && typeof b === 'number' ? addNumbers(a, b) : null;
  return short ?? compacted(toDecimal(a).plus(toDecimal(b)));
}

/** Exact product. */
export function multiplyCompact(a: CompactNumber, b: CompactNumber): CompactNumber {
  const product = Number(a) * Number(b);
  const whole = Number.isSafeInteger(a) && Number.isSafeInteger(b) && Number.isSafeInteger(product);
  return whole ? product + 0 : compacted(toDecimal(a).times(toDecimal(b)));
}

/** Below zero when `a` is smaller, above when it is larger, 0 when they are equal. */
export function compareCompact(a: CompactNumber, b: CompactNumber): number {
  if (a === b) return 0;
  // Rounding to a double keeps the order, so doubles that differ decide; equal ones may hide a difference.
  const left = Number(a);
  const right = Number(b);
  return left === right ? toDecimal(a).cmp(toDecimal(b)) : left < right ? -1 : 1;
}

export const toDecimal = (value: CompactNumber): Decimal => decimal(value);

function addNumbers(a: number, b: number): number | null {
  const sum = a + b;
  if (Number.isInteger(a) && Number.isInteger(b)) return Number.isSafeInteger(sum) ? sum : null;
  // Compact numbers always have a scale.
  const scaleA = scaleOf(a) as number;
  const scaleB = scaleOf(b) as number;
  const scale = Math.max(scaleA, scaleB);
  // The one of the larger scale is below DIGITS_END, so a product too large to be exact makes the sum too large as well.
  const digits =
    digitsOf(a, scaleA) * powerOfTen(scale - scaleA) +
    digitsOf(b, scaleB) * powerOfTen(scale - scaleB);
  return Math.abs(digits) < DIGITS_END ? digits / powerOfTen(scale) : null;
}

const digitsOf = (number: number, scale: number): number => Math.round(number * powerOfTen(scale));

const powerOfTen = (exponent: number): number => POWERS_OF_TEN[exponent] as number;

/** The one form of a decimal. */
export function compacted(value: Decimal): CompactNumber {
  const text = toText(value);
  const number = Number(text);
  return scaleOf(number) !== null && decimal(number).eq(value) ? number + 0 : text;
}

/**
 * How many places a number has, or null when it is not surely exact. `digits / 10 ** scale` is the double nearest to
 * that fraction, and two fractions of at most 15 digits never share one; so when it gives the number back, the digits are its.
 */
function scaleOf(number: number): number | null {
  if (Number.isInteger(number)) return Number.isSafeInteger(number) ? 0 : null;
  for (let scale = 1; scale <= SCALE_MAX; scale += 1) {
    const digits = digitsOf(number, scale);
    if (Math.abs(digits) >= DIGITS_END) return null;
    if (digits / powerOfTen(scale) === number) return scale;
  }
  return null;
}
