import { decimal, ZERO } from '../../kernel/decimal.js';
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

/** Reads an expression by precedence climbing, as far as the first mistake. Nothing of it is ever run as code. */
export function parseExpression(source: string, vocabulary: Vocabulary): Expression | Mistake {
  if (source.length > EXPRESSION_LENGTH_MAX) {
    return mistake(
      EXPRESSION_LENGTH_MAX,
      `An expression has at most ${EXPRESSION_LENGTH_MAX} characters; this one has ${source.length}.`,
    );
  }
  const tokens = tokensOf(source);
  return isMistake(tokens) ? tokens : new Parser(tokens, vocabulary).whole();
}

/** Stands where a mistake was found; the parser answers the mistake instead of the whole. */
const NOTHING: Expression = { kind: 'number', value: ZERO, at: 0 };

class Parser {
  private next = 0;
  private nodes = 0;
  private depth = 0;
  private mistake: Mistake | null = null;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly vocabulary: Vocabulary,
  ) {}

  whole(): Expression | Mistake {
    const expression = this.operations(1);
    if (this.token.kind !== 'end')
      this.stop(this.token.at, 'Here should be an operator, or the end.');
    return this.mistake ?? expression;
  }

  private get token(): Token {
    return this.tokens[this.next] as Token;
  }

  /** The token at hand, which is left behind. The end stays. */
  private take(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.next += 1;
    return token;
  }

  /** Only the first mistake is kept: after it the parser stands at the end, where it cannot but finish. */
  private stop(at: number, problem: string): Expression {
    this.mistake ??= mistake(at, problem);
    this.next = this.tokens.length - 1;
    return NOTHING;
  }

  /** Operators that bind at least as tightly as `precedence`. */
  private operations(precedence: number): Expression {
    let left = this.operand();
    for (;;) {
      const { kind, text, at } = this.token;
      const operator = text as Operator;
      const binds = kind === 'symbol' && Object.hasOwn(PRECEDENCE, text) ? PRECEDENCE[operator] : 0;
      if (binds < precedence) return left;
      this.take();
      const right = this.number(this.operations(binds + 1));
      left = this.node({ kind: 'operation', operator, left: this.number(left), right, at });
    }
  }

  private operand(): Expression {
    const token = this.take();
    this.depth += 1;
    const operand =
      this.depth > EXPRESSION_DEPTH_MAX
        ? this.stop(
            token.at,
            `Expressions stand in each other at most ${EXPRESSION_DEPTH_MAX} deep.`,
          )
        : this.operandOf(token);
    this.depth -= 1;
    return operand;
  }

  private operandOf({ kind, text, at }: Token): Expression {
    // A number has no more digits than an expression has characters, which is no more than numbers may have.
    if (kind === 'number') return this.node({ kind, value: decimal(text), at });
    if (kind === 'text') return this.node({ kind, value: text, at });
    if (kind === 'word') return this.word(text, at);
    if (text === '-') {
      const of = this.number(this.operations(SIGN_PRECEDENCE));
      return this.node({ kind: 'negation', of, at });
    }
    if (text !== '(') return this.stop(at, 'Here should be a value.');
    const inner = this.operations(1);
    this.expect(')');
    return inner;
  }

  private word(word: string, at: number): Expression {
    if (this.isSymbol('(')) return this.call(word, at);
    const { names, properties } = this.vocabulary;
    if (properties && word === 'event') {
      this.expect('.');
      const member = this.take();
      return member.kind === 'word'
        ? this.named(member.text, member.at)
        : this.stop(member.at, 'Here should be properties, timestamp or code.');
    }
    if (properties || Object.hasOwn(names, word)) return this.named(word, at);
    return this.stop(at, `There is no ${word}; there are ${Object.keys(names).join(', ')}.`);
  }

  private named(word: string, at: number): Expression {
    const { names } = this.vocabulary;
    if (word === 'properties') return this.property(at);
    const gives = Object.hasOwn(names, word) ? names[word] : undefined;
    if (gives !== undefined) return this.node({ kind: 'name', name: word, gives, at });
    return this.stop(
      at,
      `There is no ${word}. A property is written properties.${word}; there are ${Object.keys(names).join(', ')} and functions.`,
    );
  }

  /** `properties.name`, or `properties["any name"]`. */
  private property(at: number): Expression {
    const bracket = this.isSymbol('[');
    if (bracket) this.take();
    else this.expect('.');
    const { kind, text, at: place } = this.take();
    if (kind !== (bracket ? 'text' : 'word')) {
      const quotes = bracket ? ' in quotes' : '';
      return this.stop(place, `Here should be the name of a property${quotes}.`);
    }
    if (bracket) this.expect(']');
    return this.node({ kind: 'property', key: text, at });
  }

  private call(name: string, at: number): Expression {
    const found = findFunction(name);
    if (found === undefined) {
      return this.stop(at, `There is no function ${name}; there are ${FUNCTION_NAMES.join(', ')}.`);
    }
    const given: Expression[] = [];
    do {
      this.take();
      given.push(this.operations(1));
    } while (this.isSymbol(','));
    this.expect(')');
    this.checkArguments(name, found, given);
    return this.node({ kind: 'call', function: found, arguments: given, at });
  }

  private checkArguments(
    name: string,
    { argumentsMax, takesPlaces, gives }: ExpressionFunction,
    given: readonly Expression[],
  ): void {
    const extra = given[argumentsMax];
    if (extra !== undefined) this.stop(extra.at, `${name} takes at most ${argumentsMax} of these.`);
    if (gives === 'number') given.forEach((one) => this.number(one));
    const places = takesPlaces === true ? given[1] : undefined;
    if (places === undefined || isPlaces(places)) return;
    const max = EXPRESSION_PLACES_MAX;
    this.stop(places.at, `Decimal places are a whole number from -${max} to ${max}, written out.`);
  }

  /** What arithmetic is done with. */
  private number(expression: Expression): Expression {
    if (kindOf(expression) !== 'text') return expression;
    return this.stop(expression.at, 'This is a text; here should be a number.');
  }

  private isSymbol(symbol: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === symbol;
  }

  private expect(symbol: string): void {
    if (this.isSymbol(symbol)) this.take();
    else this.stop(this.token.at, `Here should be ${JSON.stringify(symbol)}.`);
  }

  private node(expression: Expression): Expression {
    this.nodes += 1;
    if (this.nodes <= EXPRESSION_NODES_MAX) return expression;
    return this.stop(expression.at, `An expression has at most ${EXPRESSION_NODES_MAX} parts.`);
  }
}

function isPlaces(expression: Expression): boolean {
  if (expression.kind === 'negation') return isPlaces(expression.of);
  if (expression.kind !== 'number') return false;
  const { value } = expression;
  return value.round(0).eq(value) && value.lte(EXPRESSION_PLACES_MAX);
}
