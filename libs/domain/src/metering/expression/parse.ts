import { decimal } from '../../kernel/decimal.js';
import { findFunction, FUNCTION_NAMES, type ExpressionFunction } from './functions.js';
import {
  EXPRESSION_DEPTH_MAX,
  EXPRESSION_LENGTH_MAX,
  EXPRESSION_NODES_MAX,
  EXPRESSION_PLACES_MAX,
} from './limits.js';
import { isMistake, mistake, type Mistake } from './mistake.js';
import { kindOf, type Expression, type Operator, type Vocabulary } from './syntax.js';
import { tokensOf, type Token } from './tokens.js';

/** How tightly operators bind; all of them group from the left. */
const PRECEDENCE: Readonly<Record<Operator, number>> = { '+': 1, '-': 1, '*': 2, '/': 2 };
/** A sign binds more tightly than any operator. */
const SIGN_PRECEDENCE = 3;

/** Reads an expression by precedence climbing. Nothing of it is ever run as code. */
export function parseExpression(source: string, vocabulary: Vocabulary): Expression | Mistake {
  if (source.length > EXPRESSION_LENGTH_MAX) {
    return mistake(
      EXPRESSION_LENGTH_MAX,
      `An expression has at most ${EXPRESSION_LENGTH_MAX} characters; this one has ${source.length}.`,
    );
  }
  const tokens = tokensOf(source);
  if (isMistake(tokens)) return tokens;
  try {
    return new Parser(tokens, vocabulary).whole();
  } catch (error) {
    if (error instanceof Stop) return error.mistake;
    throw error;
  }
}

/** Leaves the parser at the first mistake. It does not leave this file. */
class Stop extends Error {
  constructor(readonly mistake: Mistake) {
    super(mistake.problem);
  }
}

function stop(at: number, problem: string): never {
  throw new Stop(mistake(at, problem));
}

class Parser {
  private next = 0;
  private nodes = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly vocabulary: Vocabulary,
  ) {}

  whole(): Expression {
    const expression = this.operations(1);
    if (this.token.kind === 'end') return expression;
    return stop(this.token.at, 'Here should be an operator, or the end.');
  }

  private get token(): Token {
    return this.tokens[this.next] as Token;
  }

  /** Operators that bind at least as tightly as `precedence`. */
  private operations(precedence: number): Expression {
    let left = this.operand();
    for (;;) {
      const { kind, text, at } = this.token;
      const operator = text as Operator;
      const binds = kind === 'symbol' && Object.hasOwn(PRECEDENCE, text) ? PRECEDENCE[operator] : 0;
      if (binds < precedence) return left;
      this.next += 1;
      const right = this.operations(binds + 1);
      left = this.node({
        kind: 'operation',
        operator,
        left: number(left),
        right: number(right),
        at,
      });
    }
  }

  private operand(): Expression {
    const { kind, text, at } = this.token;
    this.depth += 1;
    if (this.depth > EXPRESSION_DEPTH_MAX) {
      stop(at, `Expressions stand in each other at most ${EXPRESSION_DEPTH_MAX} deep.`);
    }
    this.next += 1;
    const operand = this.operandOf(kind, text, at);
    this.depth -= 1;
    return operand;
  }

  private operandOf(kind: Token['kind'], text: string, at: number): Expression {
    if (kind === 'number') return this.number(text, at);
    if (kind === 'text') return this.node({ kind, value: text, at });
    if (kind === 'word') return this.word(text, at);
    if (text === '-') {
      return this.node({ kind: 'negation', of: number(this.operations(SIGN_PRECEDENCE)), at });
    }
    if (text !== '(') return stop(at, 'Here should be a value.');
    const inner = this.operations(1);
    this.expect(')');
    return inner;
  }

  /** Has no more digits than an expression has characters, which is no more than numbers may have. */
  private number(text: string, at: number): Expression {
    return this.node({ kind: 'number', value: decimal(text), at });
  }

  private word(word: string, at: number): Expression {
    if (this.isSymbol('(')) return this.call(word, at);
    const { names, properties } = this.vocabulary;
    if (properties && word === 'event') {
      this.expect('.');
      const member = this.token;
      if (member.kind !== 'word') stop(member.at, 'Here should be properties, timestamp or code.');
      this.next += 1;
      return this.named(member.text, member.at);
    }
    if (properties || Object.hasOwn(names, word)) return this.named(word, at);
    return stop(at, `There is no ${word}; there are ${Object.keys(names).join(', ')}.`);
  }

  private named(word: string, at: number): Expression {
    const { names } = this.vocabulary;
    if (word === 'properties') return this.property(at);
    if (Object.hasOwn(names, word))
      return this.node({ kind: 'name', name: word, gives: names[word]!, at });
    return stop(
      at,
      `There is no ${word}. A property is written properties.${word}; there are ${Object.keys(names).join(', ')} and functions.`,
    );
  }

  /** `properties.name`, or `properties["any name"]`. */
  private property(at: number): Expression {
    const bracket = this.isSymbol('[');
    if (!bracket) this.expect('.');
    else this.next += 1;
    const { kind, text, at: place } = this.token;
    if (kind !== (bracket ? 'text' : 'word')) {
      stop(place, `Here should be the name of a property${bracket ? ' in quotes' : ''}.`);
    }
    this.next += 1;
    if (bracket) this.expect(']');
    return this.node({ kind: 'property', key: text, at });
  }

  private call(name: string, at: number): Expression {
    const found = findFunction(name);
    if (found === undefined) {
      return stop(at, `There is no function ${name}; there are ${FUNCTION_NAMES.join(', ')}.`);
    }
    const given: Expression[] = [];
    do {
      this.next += 1;
      given.push(this.operations(1));
    } while (this.isSymbol(','));
    this.expect(')');
    return this.node({
      kind: 'call',
      function: found,
      arguments: checked(name, found, given),
      at,
    });
  }

  private isSymbol(symbol: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === symbol;
  }

  private expect(symbol: string): void {
    if (!this.isSymbol(symbol)) stop(this.token.at, `Here should be ${JSON.stringify(symbol)}.`);
    this.next += 1;
  }

  private node(expression: Expression): Expression {
    this.nodes += 1;
    if (this.nodes > EXPRESSION_NODES_MAX) {
      stop(expression.at, `An expression has at most ${EXPRESSION_NODES_MAX} parts.`);
    }
    return expression;
  }
}

/** An operand of arithmetic. */
function number(expression: Expression): Expression {
  if (kindOf(expression) !== 'text') return expression;
  return stop(expression.at, 'This is a text; here should be a number.');
}

function checked(
  name: string,
  called: ExpressionFunction,
  given: readonly Expression[],
): readonly Expression[] {
  const { argumentsMax, takesPlaces, gives } = called;
  const extra = given[argumentsMax];
  if (extra !== undefined) stop(extra.at, `${name} takes at most ${argumentsMax} of these.`);
  if (gives === 'number') given.forEach(number);
  const places = takesPlaces === true ? given[1] : undefined;
  if (places !== undefined && !isPlaces(places)) {
    const max = EXPRESSION_PLACES_MAX;
    stop(places.at, `Decimal places are a whole number from -${max} to ${max}, written out.`);
  }
  return given;
}

function isPlaces(expression: Expression): boolean {
  if (expression.kind === 'negation') return isPlaces(expression.of);
  if (expression.kind !== 'number') return false;
  const { value } = expression;
  return value.round(0).eq(value) && value.lte(EXPRESSION_PLACES_MAX);
}
