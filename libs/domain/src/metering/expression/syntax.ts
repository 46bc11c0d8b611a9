import type { Decimal } from '../../kernel/decimal.js';
import type { ExpressionFunction } from './functions.js';

export type Operator = '+' | '-' | '*' | '/';

/** A parsed expression. `at` is the index of the character that it is about. */
export type Expression = { readonly at: number } & (
  | { readonly kind: 'number'; readonly value: Decimal }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'property'; readonly key: string }
  | { readonly kind: 'name'; readonly name: string; readonly gives: 'number' | 'text' }
  | { readonly kind: 'negation'; readonly of: Expression }
  | {
      readonly kind: 'operation';
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'call';
      readonly function: ExpressionFunction;
      readonly arguments: readonly Expression[];
    }
);

/** Names that mean something besides functions, and whether properties of a record may be read. */
export interface Vocabulary {
  readonly names: Readonly<Record<string, 'number' | 'text'>>;
  readonly properties: boolean;
}

/** What an expression gives, as far as its text says it: a property may hold either. */
export function kindOf(expression: Expression): 'number' | 'text' | 'either' {
  switch (expression.kind) {
    case 'number':
    case 'negation':
    case 'operation':
      return 'number';
    case 'text':
      return 'text';
    case 'property':
      return 'either';
    case 'name':
      return expression.gives;
    case 'call':
      return expression.function.gives;
  }
}
