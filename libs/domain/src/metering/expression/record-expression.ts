import { Decimal, decimal } from '../../kernel/decimal.js';
import { compacted } from '../compact-number.js';
import { ownProperty } from '../property-text.js';
import type { UsageRecord } from '../usage-record.js';
import type { NoValue, Scope } from './evaluate.js';
import { compileExpression, expressionProblem } from './expression.js';
import type { Vocabulary } from './syntax.js';

/** What an expression about a record may look at. */
export type ExpressionRecord = Pick<UsageRecord, 'code' | 'properties' | 'timestamp'>;

/** What the expression makes of a record: a number in the form that states keep, or a scalar as it was sent; or why it makes nothing. */
export type RecordExpression = (record: ExpressionRecord) => string | number | boolean | NoValue;

const VOCABULARY: Vocabulary = {
  names: { timestamp: 'number', code: 'text' },
  properties: true,
};

const MS_PER_SECOND = 1_000;

const scope: Scope<ExpressionRecord> = ({ code, timestamp, properties }, kind, key) => {
  if (kind === 'property') return ownProperty(properties, key);
  return key === 'code' ? code : decimal(timestamp).div(MS_PER_SECOND);
};

/** What is wrong with an expression over a record, as one sentence; null when nothing is. `gives` is what it is needed for. */
export const recordExpressionProblem = (text: string, gives: 'number' | 'text'): string | null =>
  expressionProblem(text, VOCABULARY, gives);

/** Throws a plain error for an expression that `recordExpressionProblem` finds fault with. */
export function compileRecordExpression(text: string): RecordExpression {
  const { compute } = compileExpression(text, VOCABULARY, scope);
  return (record) => {
    const value = compute(record);
    return value instanceof Decimal ? compacted(value) : value;
  };
}
