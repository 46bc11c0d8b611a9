import type { Decimal } from '../../kernel/decimal.js';
import { roundQuantity } from '../rounding.js';

/** A function of expressions. One that gives text takes anything as text; the others take numbers. */
export type ExpressionFunction = {
  /** Each takes at least one. */
  readonly argumentsMax: number;
  /** Whether the second argument is a number of decimal places, written out as a whole number. */
  readonly takesPlaces?: boolean;
} & (
  | { readonly gives: 'number'; readonly of: (values: readonly Decimal[]) => Decimal }
  | { readonly gives: 'text'; readonly of: (values: readonly string[]) => string }
);

/** The nodes of an expression are limited, and so are these. */
const ANY_NUMBER = Infinity;

const rounding = (mode: 'round' | 'ceil' | 'floor'): ExpressionFunction => ({
  argumentsMax: 2,
  takesPlaces: true,
  gives: 'number',
  of: ([value, places]) =>
    roundQuantity(value as Decimal, { mode, precision: Number(places?.toFixed() ?? 0) }),
});

/** `direction` is 1 to prefer larger values, -1 smaller ones. */
const extreme = (direction: 1 | -1): ExpressionFunction => ({
  argumentsMax: ANY_NUMBER,
  gives: 'number',
  of: (values) => values.reduce((a, b) => (a.cmp(b) * direction >= 0 ? a : b)),
});

/** The extremes have two spellings: one of SQL, one of everybody else. */
const functions: Readonly<Record<string, ExpressionFunction>> = {
  round: rounding('round'),
  ceil: rounding('ceil'),
  floor: rounding('floor'),
  abs: {
    argumentsMax: 1,
    gives: 'number',
    of: ([value]) => (value as Decimal).abs(),
  },
  least: extreme(-1),
  greatest: extreme(1),
  min: extreme(-1),
  max: extreme(1),
  concat: {
    argumentsMax: ANY_NUMBER,
    gives: 'text',
    of: (values) => values.join(''),
  },
};

export const FUNCTION_NAMES: readonly string[] = Object.keys(functions);

/** Names are read in any case. */
export function findFunction(name: string): ExpressionFunction | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(functions, key) ? functions[key] : undefined;
}
