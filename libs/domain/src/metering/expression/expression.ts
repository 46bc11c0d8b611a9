import { compileNode, type NoValue, type Scope, type Value } from './evaluate.js';
import { describeMistake, isMistake } from './mistake.js';
import { parseExpression } from './parse.js';
import { kindOf, type Expression, type Vocabulary } from './syntax.js';

/** An expression made ready for many computations. It answers why where it cannot compute, and never throws. */
export interface CompiledExpression<Source> {
  readonly compute: (source: Source) => Value | NoValue;
  /** The names of the vocabulary that it uses, each once, sorted. */
  readonly names: readonly string[];
}

/** What is wrong with an expression, as one sentence; null when nothing is. `gives` is what it is needed for. */
export function expressionProblem(
  text: string,
  vocabulary: Vocabulary,
  gives: 'number' | 'text',
): string | null {
  const parsed = parseExpression(text, vocabulary);
  if (isMistake(parsed)) return describeMistake(text, parsed);
  if (gives === 'text' || kindOf(parsed) !== 'text') return null;
  const problem = 'This gives a text; here should be a number.';
  return describeMistake(text, { at: parsed.at, problem });
}

/** Throws a plain error for an expression that `expressionProblem` finds fault with. */
export function compileExpression<Source>(
  text: string,
  vocabulary: Vocabulary,
  scope: Scope<Source>,
): CompiledExpression<Source> {
  const parsed = parseExpression(text, vocabulary);
  if (isMistake(parsed)) throw new Error(`no expression: ${describeMistake(text, parsed)}`);
  const names = [...new Set(namesIn(parsed))].sort();
  return { compute: compileNode(parsed, scope), names };
}

function namesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'number':
    case 'text':
    case 'property':
      return [];
    case 'name':
      return [expression.name];
    case 'negation':
      return namesIn(expression.of);
    case 'operation':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case 'call':
      return expression.arguments.flatMap(namesIn);
  }
}
