import { decimal, Decimal, toText } from '../../kernel/decimal.js';
import type { JsonValue } from '../../kernel/json.js';
import { refusalOfNumber } from '../compact-number.js';
import { textOf } from '../property-text.js';
import type { ExpressionFunction } from './functions.js';
import { EXPRESSION_DIGITS_MAX, EXPRESSION_TEXT_LENGTH_MAX } from './limits.js';
import type { Expression, Operator } from './syntax.js';

/** Why an expression gives nothing: a stable code, as records that are not counted show it. */
export interface NoValue {
  readonly reason: string;
}

const MISSING: NoValue = { reason: 'missing_field' };
const NOT_A_SCALAR: NoValue = { reason: 'not_a_scalar' };
const DIVISION_BY_ZERO: NoValue = { reason: 'division_by_zero' };
const NUMBER_TOO_LONG: NoValue = { reason: 'number_too_long' };
const TEXT_TOO_LONG: NoValue = { reason: 'text_too_long' };

/** A number, or a scalar as it was sent, which may be read as either. */
export type Value = Decimal | string | number | boolean;
type Outcome<Result extends Value> = Result | NoValue;

const isNoValue = (outcome: Outcome<Value>): outcome is NoValue =>
  typeof outcome === 'object' && !(outcome instanceof Decimal);

/** Finds a name or a property of an expression in what it is computed from. */
export type Scope<Source> = (
  source: Source,
  kind: 'name' | 'property',
  key: string,
) => Decimal | JsonValue | undefined;

type Compiled<Source, Result extends Value = Value> = (source: Source) => Outcome<Result>;

/** The expression as a function. What it cannot compute is answered as NoValue; it never throws. */
export function compileNode<Source>(
  expression: Expression,
  scope: Scope<Source>,
): Compiled<Source> {
  const { kind } = expression;
  if (kind === 'number' || kind === 'text') return () => expression.value;
  if (kind === 'property') return (source) => scalar(scope(source, kind, expression.key));
  if (kind === 'name') return (source) => scalar(scope(source, kind, expression.name));
  if (kind === 'call') {
    const given = expression.arguments.map((one) => compileNode(one, scope));
    return call(expression.function, given);
  }
  if (kind === 'negation') {
    const of = asNumber(compileNode(expression.of, scope));
    return (source) => {
      const value = of(source);
      return isNoValue(value) ? value : value.neg();
    };
  }
  const left = asNumber(compileNode(expression.left, scope));
  const right = asNumber(compileNode(expression.right, scope));
  const calculate = OPERATIONS[expression.operator];
  return (source) => {
    const a = left(source);
    if (isNoValue(a)) return a;
    const b = right(source);
    return isNoValue(b) ? b : calculate(a, b);
  };
}

const OPERATIONS: Readonly<Record<Operator, (a: Decimal, b: Decimal) => Outcome<Decimal>>> = {
  '+': (a, b) => withinDigits(a.plus(b)),
  '-': (a, b) => withinDigits(a.minus(b)),
  '*': (a, b) => withinDigits(a.times(b)),
  // Carried to the 40 places of `Decimal`.
  '/': (a, b) => (b.eq(0) ? DIVISION_BY_ZERO : withinDigits(a.div(b))),
};

function call<Source>(
  called: ExpressionFunction,
  given: readonly Compiled<Source>[],
): Compiled<Source> {
  if (called.gives === 'text') {
    const parts = given.map(asText);
    return (source) => {
      const texts = allOf(parts, source);
      return isNoValues(texts) ? texts : withinLength(called.of(texts));
    };
  }
  const operands = given.map(asNumber);
  return (source) => {
    const numbers = allOf(operands, source);
    return isNoValues(numbers) ? numbers : called.of(numbers);
  };
}

/** What all of them give, or why the first of those that give nothing does not. */
function allOf<Source, Result extends Value>(
  given: readonly Compiled<Source, Result>[],
  source: Source,
): readonly Result[] | NoValue {
  const results: Result[] = [];
  for (const one of given) {
    const outcome = one(source);
    if (isNoValue(outcome)) return outcome;
    results.push(outcome);
  }
  return results;
}

const isNoValues = (results: readonly Value[] | NoValue): results is NoValue =>
  !Array.isArray(results);

function scalar(value: Decimal | JsonValue | undefined): Outcome<Value> {
  if (value === undefined || value === null) return MISSING;
  if (value instanceof Decimal || typeof value !== 'object') return value;
  return NOT_A_SCALAR;
}

const asNumber =
  <Source>(of: Compiled<Source>): Compiled<Source, Decimal> =>
  (source) => {
    const value = of(source);
    if (typeof value === 'object') return value;
    const reason = refusalOfNumber(value);
    return reason === null ? decimal(value as string | number) : { reason };
  };

const asText =
  <Source>(of: Compiled<Source>): Compiled<Source, string> =>
  (source) => {
    const value = of(source);
    if (typeof value !== 'object') return textOf(value) as string;
    return isNoValue(value) ? value : toText(value);
  };

function withinDigits(value: Decimal): Outcome<Decimal> {
  const digits = Math.max(value.c.length, Math.abs(value.e) + 1);
  return digits > EXPRESSION_DIGITS_MAX ? NUMBER_TOO_LONG : value;
}

const withinLength = (text: string): Outcome<string> =>
  text.length > EXPRESSION_TEXT_LENGTH_MAX ? TEXT_TOO_LONG : text;
