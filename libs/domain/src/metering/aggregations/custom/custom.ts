import { Type, type TObject } from '@sinclair/typebox';
import { Decimal, ZERO } from '../../../kernel/decimal.js';
import type { JsonObject } from '../../../kernel/json.js';
import { defineAggregation, type Aggregation, type AggregationState } from '../../aggregation.js';
import { compileExpression, expressionProblem } from '../../expression/expression.js';
import { EXPRESSION_LENGTH_MAX } from '../../expression/limits.js';
import type { Scope } from '../../expression/evaluate.js';
import type { Vocabulary } from '../../expression/syntax.js';
import { first, sumOfSquares } from './own-quantities.js';

/** The number of records, then the states of the quantities, in the order of their names. */
type Quantities = [records: number, ...states: AggregationState[]];

/**
 * A way to count that a meter brings along: a formula over quantities such as the sum and the count, which are kept and merged. The formula
 * is computed when a window is read, so any order and batching gives the same.
 */
export function customOf(registered: readonly Aggregation[]): Aggregation {
  const byName = new Map([...registered, first, sumOfSquares].map((one) => [one.code, one]));
  const names = [...byName.keys()].sort();
  const vocabulary: Vocabulary = {
    names: Object.fromEntries(names.map((name) => [name, 'number'])),
    properties: false,
  };
  const description =
    `What a formula makes of the records of a window, as in "max - min". It may use ${names.join(', ')}, and what ` +
    'expressions have. 0 when there is no record, and where the formula divides by 0.';
  const counting = (used: readonly string[], compute: Compute): Aggregation =>
    countingOf(
      used.map((name) => byName.get(name) as Aggregation),
      compute,
      description,
    );
  return {
    ...counting(names, () => ZERO),
    settings: {
      properties: settingsOf(names),
      example: { formula: 'max - min' },
      check: (settings) => {
        const detail = expressionProblem(formulaOf(settings), vocabulary, 'number');
        return detail === null ? [] : [{ pointer: '/formula', code: 'invalid_expression', detail }];
      },
      apply: (settings) => {
        const formula = compileExpression(formulaOf(settings), vocabulary, scope);
        return counting(formula.names, (values) => {
          const value = formula.compute(values);
          return value instanceof Decimal ? value : ZERO;
        });
      },
    },
  };
}

type Compute = (values: ReadonlyMap<string, Decimal>) => Decimal;

const scope: Scope<ReadonlyMap<string, Decimal>> = (values, _, name) => values.get(name);

const formulaOf = (settings: JsonObject): string => settings['formula'] as string;

const settingsOf = (names: readonly string[]): TObject =>
  Type.Object(
    {
      formula: Type.String({
        title: 'Formula',
        description: `An expression over ${names.join(', ')}.`,
        minLength: 1,
        maxLength: EXPRESSION_LENGTH_MAX,
      }),
    },
    { additionalProperties: false },
  );

/** Keeps some quantities and computes from them. */
function countingOf(
  parts: readonly Aggregation[],
  compute: Compute,
  description: string,
): Aggregation {
  const valuesOf = ([, ...states]: Quantities): ReadonlyMap<string, Decimal> =>
    new Map(parts.map(({ code, value }, i) => [code, value(states[i] as AggregationState)]));
  return defineAggregation<Quantities>({
    code: 'custom',
    title: 'Custom',
    description,
    needs: 'number',
    readsOperation: parts.some(({ readsOperation }) => readsOperation === true),
    refuses: (observation) => {
      for (const part of parts) {
        const refusal = part.refuses(observation);
        if (refusal !== null) return refusal;
      }
      return null;
    },
    empty: () => [0, ...parts.map((part) => part.empty())],
    add: ([records, ...states], observation) => [
      records + 1,
      ...parts.map((part, i) => part.add(states[i] as AggregationState, observation)),
    ],
    merge: ([a, ...left], [b, ...right]) => [
      a + b,
      ...parts.map((part, i) =>
        part.merge(left[i] as AggregationState, right[i] as AggregationState),
      ),
    ],
    value: (state) => (state[0] === 0 ? ZERO : compute(valuesOf(state))),
  });
}
