import { Type } from '@sinclair/typebox';
import { Decimal, ZERO } from '../../../kernel/decimal.js';
import type { JsonObject } from '../../../kernel/json.js';
import { defineAggregation, type Aggregation, type AggregationState } from '../../aggregation.js';
import { compileExpression, expressionProblem } from '../../expression/expression.js';
import { EXPRESSION_LENGTH_MAX } from '../../expression/limits.js';
import type { Vocabulary } from '../../expression/syntax.js';
import { quantities } from './quantities.js';

/** The number of records, then the states of the quantities, in the order of their names. */
type Quantities = [records: number, ...states: AggregationState[]];

const names = [...quantities.keys()].sort();

const VOCABULARY: Vocabulary = {
  names: Object.fromEntries(names.map((name) => [name, 'number'])),
  properties: false,
};

const DESCRIPTION =
  `What a formula makes of the records of a window, as in "max - min": it may use ${names.join(', ')} of the values, and what ` +
  'expressions have. 0 when there is no record, and where the formula divides by 0.';

/**
 * A way to count that a meter brings along. A formula over a window would not be mergeable, so only its quantities are kept and merged,
 * and the formula is computed when a window is read: any order and batching gives the same.
 */
export const custom: Aggregation = {
  ...counting(names, () => ZERO),
  settings: {
    properties: Type.Object(
      {
        formula: Type.String({
          title: 'Formula',
          description: `An expression over ${names.join(', ')}.`,
          minLength: 1,
          maxLength: EXPRESSION_LENGTH_MAX,
        }),
      },
      { additionalProperties: false },
    ),
    example: { formula: 'max - min' },
    check: (settings) => {
      const detail = expressionProblem(formulaOf(settings), VOCABULARY, 'number');
      return detail === null ? [] : [{ pointer: '/formula', code: 'invalid_expression', detail }];
    },
    apply: (settings) => {
      const formula = compileExpression<ReadonlyMap<string, Decimal>>(
        formulaOf(settings),
        VOCABULARY,
        { name: (values, name) => values.get(name) as Decimal, property: () => undefined },
      );
      return counting(formula.names, (values) => {
        const value = formula.compute(values);
        return value instanceof Decimal ? value : ZERO;
      });
    },
  },
};

const formulaOf = (settings: JsonObject): string => settings['formula'] as string;

/** Keeps the quantities that are named, and computes from them. */
function counting(
  used: readonly string[],
  compute: (values: ReadonlyMap<string, Decimal>) => Decimal,
): Aggregation {
  const parts = used.map((name) => quantities.get(name) as Aggregation);
  const valuesOf = ([, ...states]: Quantities): ReadonlyMap<string, Decimal> =>
    new Map(parts.map(({ code, value }, i) => [code, value(states[i] as AggregationState)]));
  return defineAggregation<Quantities>({
    code: 'custom',
    title: 'Custom',
    description: DESCRIPTION,
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
