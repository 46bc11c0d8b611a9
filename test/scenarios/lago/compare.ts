import { decimal } from '@odometer/domain';
import type { Expected } from './lago-scenario.js';

/** What an answer says for a key of an expectation; the expected value tells which of many is meant. */
export type Readers = Readonly<Record<string, (expected: unknown) => unknown>>;

/** Endless fractions are written with this many decimals at least; they are compared at as many as are written. */
const LONG_FRACTION = 10;

/**
 * Every key of the expectation against what is there. A key that nobody can read fails, so that nothing goes unseen.
 */
export function compare(
  where: string,
  expected: Expected,
  readers: Readers,
  leftOut: Readonly<Record<string, string>>,
): void {
  const compared = Object.entries(without(expected, leftOut));
  const actual = compared.map(([key, value]) => {
    const reader = readers[key];
    if (!reader) throw new Error(`${where}: nothing here tells ${key}`);
    return [key, asWritten(value, reader(value))];
  });
  expect({ where, ...Object.fromEntries(actual) }).toEqual({
    where,
    ...Object.fromEntries(compared),
  });
}

/** The expectation without the keys that are left out, on every level. A total of 0 holds whatever would be added to it by rates. */
function without(expected: Expected, leftOut: Readonly<Record<string, string>>): Expected {
  const kept = Object.entries(expected).filter(
    ([key, value]) => !(key in leftOut) || (key === 'total_amount_cents' && value === 0),
  );
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside);
    return isObject(value) ? without(value, leftOut) : value;
  };
  return Object.fromEntries(kept.map(([key, value]) => [key, inside(value)]));
}

/** Numbers that are equal are shown as they are expected: `3.0` for `3`. */
function asWritten(expected: unknown, actual: unknown): unknown {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return actual.map((one, index) => asWritten(expected[index], one));
  }
  if (isObject(expected) && isObject(actual)) {
    return Object.fromEntries(
      Object.keys(expected).map((key) => [key, asWritten(expected[key], actual[key])]),
    );
  }
  return isNumber(expected) && isNumber(actual) && isSame(expected, actual) ? expected : actual;
}

function isSame(expected: string | number, actual: string | number): boolean {
  const fraction = String(expected).split('.')[1]?.length ?? 0;
  const exact = decimal(String(actual));
  const compared = fraction >= LONG_FRACTION ? exact.round(fraction) : exact;
  return compared.eq(decimal(String(expected)));
}

const isNumber = (value: unknown): value is string | number =>
  /^-?\d+(\.\d+)?$/.test(String(value)) && (typeof value === 'string' || typeof value === 'number');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
