import {
  compileRecordExpression,
  decimal,
  EXPRESSION_LENGTH_MAX,
  fromIso,
  recordExpressionProblem,
  RuleBroken,
  toText,
  type Instant,
  type JsonObject,
} from '@odometer/domain';
import { Type, type Static } from '@sinclair/typebox';
import { answer, Nullable } from '../http/answers.js';
import { InstantField, NestedField, ObjectField, TextField } from '../http/fields.js';

class TriedEvent {
  @TextField({ description: 'Code of the event.', optional: true, max: 255 })
  code?: string;

  @InstantField({ description: 'Its time; default: now.', optional: true })
  timestamp?: string;

  @ObjectField({ description: 'Its properties.', optional: true, example: { bytes: '1024.5' } })
  properties?: JsonObject;
}

export class EvaluateBody {
  @TextField({
    description: 'The expression.',
    example: 'ceil(properties.bytes / 1024)',
    max: EXPRESSION_LENGTH_MAX,
  })
  expression!: string;

  @NestedField({ description: 'The event to try it on.', of: () => TriedEvent })
  event!: TriedEvent;
}

export const Evaluation = answer(
  'ExpressionEvaluation',
  Type.Object({
    value: Nullable(
      Type.String({ description: 'A decimal, or a text; null where it gives nothing.' }),
    ),
    reason: Nullable(
      Type.String({
        description:
          'Why it gives nothing: missing_field, not_a_number, not_a_scalar, division_by_zero, number_too_long or text_too_long. Such a record would not be counted.',
      }),
    ),
  }),
);

/** Throws RuleBroken `validation_failed` for an expression that cannot be read, pointing at the character. */
export function evaluate(
  { expression, event }: EvaluateBody,
  now: Instant,
): Static<typeof Evaluation> {
  const problem = recordExpressionProblem(expression, 'text');
  if (problem !== null) {
    throw new RuleBroken('validation_failed', 'The expression is not valid.', 'invalid', [
      { pointer: '/expression', code: 'invalid_expression', detail: problem },
    ]);
  }
  const value = compileRecordExpression(expression)({
    code: event.code ?? '',
    timestamp: event.timestamp === undefined ? now : fromIso(event.timestamp),
    properties: event.properties,
  });
  return typeof value === 'object'
    ? { value: null, reason: value.reason }
    : { value: typeof value === 'number' ? toText(decimal(value)) : String(value), reason: null };
}
