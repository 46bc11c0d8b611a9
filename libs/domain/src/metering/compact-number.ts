import { decimal, toText, type Decimal } from '../kernel/decimal.js';
import type { JsonValue } from '../kernel/json.js';
import type { Observation } from './aggregation.js';
import { textOf } from './property-text.js';

/**
 * A quantity as states keep it: a JSON number when it is a safe integer, else plain decimal text without needless zeros.
 * Every quantity has exactly one such form, so equal quantities are equal JSON.
 */
export type CompactNumber = number | string;

/** Longest text that is read as a number: more than any double needs when it is written out. */
export const NUMBER_TEXT_LENGTH_MAX = 400;

const DECIMAL_TEXT = /^-?\d+(\.\d+)?$/;

/** A text of this length has at most 15 digits, which a double carries exactly as an integer. */
const SHORT_TEXT_LENGTH_MAX = 15;
const POWERS_OF_TEN = Array.from(
  { length: SHORT_TEXT_LENGTH_MAX },
  (_, exponent) => 10 ** exponent,
);

/**
 * Why an observation is no number, or null when it is one: a finite JSON number (any notation, as it was taken exactly
 * on the way in) or decimal text. Text with an exponent, signs such as `+`, and blanks are refused.
 */
export function refusesNumber({ value }: Observation): string | null {
  if (value === undefined || value === null) return 'missing_field';
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'not_a_number';
  if (typeof value !== 'string') return 'not_a_number';
  if (value.length > NUMBER_TEXT_LENGTH_MAX) return 'number_too_long';
  return DECIMAL_TEXT.test(value) ? null : 'not_a_number';
}

/** The one form of a number, which must be one that `refusesNumber` lets pass. */
export function compactNumber(value: JsonValue | undefined): CompactNumber {
  // Adding 0 turns -0, which JSON would change on its way, into 0.
  if (Number.isSafeInteger(value)) return (value as number) + 0;
  const text = textOf(value) as string;
  const short = scaledInteger(text);
  return short ? unscaled(short) : compacted(decimal(text));
}

/** Exact sum. Safe integers and short decimals never leave plain integer arithmetic: this is the hottest line of metering. */
export function addCompact(a: CompactNumber, b: CompactNumber): CompactNumber {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return addShort(String(a), String(b)) ?? compacted(toDecimal(a).plus(toDecimal(b)));
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

function compacted(value: Decimal): CompactNumber {
  const text = toText(value);
  const integer = Number(text);
  return Number.isSafeInteger(integer) && !text.includes('.') ? integer + 0 : text;
}

/** `value / 10 ** scale`, both safe integers. */
interface ScaledInteger {
  readonly value: number;
  readonly scale: number;
}

function scaledInteger(text: string): ScaledInteger | null {
  if (text.length > SHORT_TEXT_LENGTH_MAX || text.includes('e')) return null;
  const point = text.indexOf('.');
  if (point < 0) return { value: Number(text), scale: 0 };
  return {
    value: Number(text.slice(0, point) + text.slice(point + 1)),
    scale: text.length - point - 1,
  };
}

function addShort(a: string, b: string): CompactNumber | null {
  const left = scaledInteger(a);
  const right = scaledInteger(b);
  if (!left || !right) return null;
  const scale = Math.max(left.scale, right.scale);
  const leftValue = left.value * powerOfTen(scale - left.scale);
  const rightValue = right.value * powerOfTen(scale - right.scale);
  const value = leftValue + rightValue;
  const exact = [leftValue, rightValue, value].every(Number.isSafeInteger);
  return exact ? unscaled({ value, scale }) : null;
}

/** Scales of short texts are below 15, and so are their differences. */
const powerOfTen = (exponent: number): number => POWERS_OF_TEN[exponent] as number;

function unscaled({ value, scale }: ScaledInteger): CompactNumber {
  let digits = value;
  let places = scale;
  while (places > 0 && digits % 10 === 0) {
    digits /= 10;
    places -= 1;
  }
  if (places === 0) return digits + 0;
  const text = String(Math.abs(digits)).padStart(places + 1, '0');
  return `${digits < 0 ? '-' : ''}${text.slice(0, -places)}.${text.slice(-places)}`;
}
