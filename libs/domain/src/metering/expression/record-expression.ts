import { decimal } from '../../kernel/decimal.js';
import { compacted } from '../compact-number.js';
import { ownProperty } from '../property-text.js';
import type { UsageRecord } from '../usage-record.js';
import { compileNode, isNoValue, type NoValue, type Scope } from './evaluate.js';
import { describeMistake, isMistake } from './mistake.js';
import { parseExpression } from './parse.js';
import { kindOf, type Vocabulary } from './syntax.js';

/** What an expression about a record may look at. */
export type ExpressionRecord = Pick<UsageRecord, 'code' | 'properties' | 'timestamp'>;

/** What the expression makes of a record: a number in the form that states keep, or a scalar as it was sent; or why it makes nothing. */
export type RecordExpression = (record: ExpressionRecord) => string | number | boolean | NoValue;

const VOCABULARY: Vocabulary = {
  names: { timestamp: 'number', code: 'text' },
  properties: true,
};

const MS_PER_SECOND = 1_000;

const scope: Scope<ExpressionRecord> = {
  name: ({ code, timestamp }, name) =>
    name === 'code' ? code : decimal(timestamp).div(MS_PER_SECOND),
  property: ({ properties }, key) => ownProperty(properties, key),
};

/** What is wrong with an expression over a record, as one sentence; null when nothing is. `gives` is what it is needed for. */
export function recordExpressionProblem(source: string, gives: 'number' | 'text'): string | null {
  const parsed = parseExpression(source, VOCABULARY);
  if (isMistake(parsed)) return describeMistake(source, parsed);
  if (gives === 'text' || kindOf(parsed) !== 'text') return null;
  return describeMistake(source, {
    at: parsed.at,
    problem: 'This gives a text; the aggregation needs a number.',
  });
}

/** Throws a plain error for an expression that `recordExpressionProblem` finds fault with. */
export function compileRecordExpression(source: string): RecordExpression {
  const parsed = parseExpression(source, VOCABULARY);
  if (isMistake(parsed)) throw new Error(`no expression: ${describeMistake(source, parsed)}`);
  const compute = compileNode(parsed, scope);
  return (record) => {
    const value = compute(record);
    if (isNoValue(value)) return value;
    return typeof value === 'object' ? compacted(value) : value;
  };
}
