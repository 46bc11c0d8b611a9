import fc from 'fast-check';
import { decimal } from '../../kernel/decimal.js';
import type { JsonObject } from '../../kernel/json.js';
import {
  EXPRESSION_DEPTH_MAX,
  EXPRESSION_DIGITS_MAX,
  EXPRESSION_LENGTH_MAX,
  EXPRESSION_NODES_MAX,
  EXPRESSION_TEXT_LENGTH_MAX,
} from './limits.js';
import { compileRecordExpression, recordExpressionProblem } from './record-expression.js';

const evaluate = (source: string, properties?: JsonObject) =>
  compileRecordExpression(source)({ code: 'llm_call', timestamp: 1_700_000_000_250, properties });

const PROPERTIES: JsonObject = {
  a: 7,
  b: '2.5',
  tokens: 1500,
  name: 'Ada',
  flag: true,
  list: [1],
  nothing: null,
  'key with "quotes"': 9,
};

/** An expression with as few parentheses as arithmetic allows, how tightly it binds (1 to 4), and its value. */
interface Tree {
  readonly source: string;
  readonly binds: number;
  readonly value: number;
}

const inParentheses = ({ source, binds }: Tree, least: number): string =>
  binds < least ? `(${source})` : source;

const operations: Record<string, { binds: number; of: (a: number, b: number) => number }> = {
  '+': { binds: 1, of: (a, b) => a + b },
  '-': { binds: 1, of: (a, b) => a - b },
  '*': { binds: 2, of: (a, b) => a * b },
};

function operationOf(left: Tree, operator: string, right: Tree): Tree {
  const { binds, of } = operations[operator]!;
  const source = `${inParentheses(left, binds)} ${operator} ${inParentheses(right, binds + 1)}`;
  return { source, binds, value: of(left.value, right.value) };
}

const { trees } = fc.letrec<{ trees: Tree }>((tie) => ({
  trees: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: 0, max: 9 }).map((value) => ({ source: String(value), binds: 4, value })),
    fc
      .tuple(tie('trees'), fc.constantFrom('+', '-', '*'), tie('trees'))
      .map((parts) => operationOf(...parts)),
    tie('trees').map((of) => ({
      source: `-${inParentheses(of, 3)}`,
      binds: 3,
      value: -of.value,
    })),
  ),
}));

describe('what an expression computes', () => {
  it.each<[string, string | number | boolean]>([
    ['1', 1],
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['100 / 10 / 5', 2],
    ['2 * 3 + 4 * 5', 26],
    ['-2 * -3', 6],
    ['--5', 5],
    ['-(1 + 2)', -3],
    ['1 - -1', 2],
    ['0.1 + 0.2', 0.3],
    ['1 / 3', '0.3333333333333333333333333333333333333333'],
    ['9007199254740993 + 0', '9007199254740993'],
    ['properties.a', 7],
    ['properties.b', '2.5'],
    ['event.properties.a * event.properties.b', 17.5],
    ['properties["key with \\"quotes\\""]', 9],
    ["properties['a']", 7],
    ['timestamp', 1700000000.25],
    ['event.timestamp / 86400', '19675.9259288194444444444444444444444444444444'],
    ['code', 'llm_call'],
    ['event.code', 'llm_call'],
    ['"it\'s"', "it's"],
    ["'a \\\\ b'", 'a \\ b'],
    ['properties.flag', true],
    ['ceil(properties.tokens / 1000)', 2],
    ['ceil(-1.5)', -1],
    ['floor(-1.5)', -2],
    ['floor(12.349, 2)', 12.34],
    ['round(2.5)', 3],
    ['round(-2.5)', -3],
    ['ROUND(1234.5, -2)', 1200],
    ['Ceil(0.1234, 3)', 0.124],
    ['abs(-3.5)', 3.5],
    ['least(3, 1, 2)', 1],
    ['greatest(3, properties.a, 2)', 7],
    ['min(3, 1)', 1],
    ['max(3)', 3],
    ['concat(properties.name, "-", properties.a, properties.flag)', 'Ada-7true'],
    ['CONCAT(1 / 4, code)', '0.25llm_call'],
    ['concat(-0)', '0'],
    ['  1\n+\t1 ', 2],
  ])('%s = %j', (source, expected) => {
    expect(recordExpressionProblem(source, 'text')).toBeNull();
    expect(evaluate(source, PROPERTIES)).toBe(expected);
  });

  it.each<[string, string]>([
    ['properties.missing', 'missing_field'],
    ['properties.nothing + 1', 'missing_field'],
    ['properties.constructor', 'missing_field'],
    ['properties.list', 'not_a_scalar'],
    ['properties.name * 2', 'not_a_number'],
    ['2 * properties.name', 'not_a_number'],
    ['properties.flag + 1', 'not_a_number'],
    ['-properties.name', 'not_a_number'],
    ['ceil(properties.name)', 'not_a_number'],
    ['concat("a", properties.missing)', 'missing_field'],
    ['1 / (properties.a - 7)', 'division_by_zero'],
    ['abs(1 / 0)', 'division_by_zero'],
    ['1 + properties.missing / 0', 'missing_field'],
  ])('%s gives nothing: %s', (source, reason) => {
    expect(evaluate(source, PROPERTIES)).toEqual({ reason });
  });

  it('gives nothing for a record without properties', () => {
    expect(evaluate('properties.a')).toEqual({ reason: 'missing_field' });
  });

  it('reads decimal text and JSON numbers as numbers, and no other notation', () => {
    for (const [sent, reason] of [
      ['1e3', 'not_a_number'],
      [' 1', 'not_a_number'],
      ['', 'not_a_number'],
      ['1'.repeat(401), 'number_too_long'],
    ] as const) {
      expect(evaluate('properties.a + 0', { a: sent })).toEqual({ reason });
    }
    expect(evaluate('properties.a + 0', { a: '-007.50' })).toBe(-7.5);
    expect(evaluate('properties.a + 0', { a: 1e3 })).toBe(1000);
  });

  it('stops where numbers or texts grow too long', () => {
    const long = '9'.repeat(400);
    expect(evaluate('properties.a * properties.a * properties.a', { a: long })).toEqual({
      reason: 'number_too_long',
    });
    expect(evaluate('properties.a * properties.a', { a: long })).toHaveLength(800);
    const tiny = `0.${'0'.repeat(397)}1`;
    expect(evaluate('properties.a * properties.a * properties.a', { a: tiny })).toEqual({
      reason: 'number_too_long',
    });
    const half = 'x'.repeat(EXPRESSION_TEXT_LENGTH_MAX / 2);
    expect(evaluate('concat(properties.a, properties.a)', { a: half })).toBe(half + half);
    expect(evaluate('concat(properties.a, properties.a, 1)', { a: half })).toEqual({
      reason: 'text_too_long',
    });
  });

  it('needs parentheses only where operators bind otherwise', () => {
    fc.assert(
      fc.property(trees, ({ source, value }) => {
        fc.pre(recordExpressionProblem(source, 'number') === null);
        expect(evaluate(source)).toBe(value + 0);
      }),
    );
  });

  it('multiplies exactly', () => {
    const numbers = fc.tuple(fc.maxSafeInteger(), fc.maxSafeInteger());
    fc.assert(
      fc.property(numbers, ([a, b]) => {
        const product = evaluate('properties.a * properties.b', { a, b: String(b) });
        expect(decimal(product as string).toFixed()).toBe(decimal(a).times(b).toFixed());
      }),
    );
  });
});

describe('what is wrong with an expression', () => {
  it.each<[string, string]>([
    ['', 'Character 1, at the end: Here should be a value.'],
    ['1 +', 'Character 4, at the end: Here should be a value.'],
    ['1 * * 2', 'Character 5, at "* 2": Here should be a value.'],
    ['(1 + 2', 'Character 7, at the end: Here should be ")".'],
    ['1 2', 'Character 3, at "2": Here should be an operator, or the end.'],
    ['1 + 2)', 'Character 6, at ")": Here should be an operator, or the end.'],
    ['+1', 'Character 1, at "+1": Here should be a value.'],
    ['1 % 2', 'Character 3, at "% 2": "%" means nothing here.'],
    ['😀', 'Character 1, at "😀": "😀" means nothing here.'],
    [
      '"open',
      'Character 1, at "\\"open": This text has no closing ", or a backslash before something else than a quote or a backslash.',
    ],
    [
      "'a\\n'",
      "Character 1, at \"'a\\\\n'\": This text has no closing ', or a backslash before something else than a quote or a backslash.",
    ],
    [
      'tokens * 2',
      'Character 1, at "tokens * 2": There is no tokens. A property is written properties.tokens; there are timestamp, code and functions.',
    ],
    [
      'event.tokens',
      'Character 7, at "tokens": There is no tokens. A property is written properties.tokens; there are timestamp, code and functions.',
    ],
    ['event', 'Character 6, at the end: Here should be ".".'],
    ['event.5', 'Character 7, at "5": Here should be properties, timestamp or code.'],
    ['properties', 'Character 11, at the end: Here should be ".".'],
    ['properties.5', 'Character 12, at "5": Here should be the name of a property.'],
    ['properties.a.b', 'Character 13, at ".b": Here should be an operator, or the end.'],
    ['properties[a]', 'Character 12, at "a]": Here should be the name of a property in quotes.'],
    ['properties["a"', 'Character 15, at the end: Here should be "]".'],
    [
      'sqrt(4)',
      'Character 1, at "sqrt(4)": There is no function sqrt; there are round, ceil, floor, abs, least, greatest, min, max, concat.',
    ],
    [
      'constructor(4)',
      'Character 1, at "constructor(4)": There is no function constructor; there are round, ceil, floor, abs, least, greatest, min, max, concat.',
    ],
    ['ceil()', 'Character 6, at ")": Here should be a value.'],
    ['ceil(1, 2, 3)', 'Character 12, at "3)": ceil takes at most 2 of these.'],
    ['abs(1, 2)', 'Character 8, at "2)": abs takes at most 1 of these.'],
    ['abs(1', 'Character 6, at the end: Here should be ")".'],
    [
      'round(1, 0.5)',
      'Character 10, at "0.5)": Decimal places are a whole number from -30 to 30, written out.',
    ],
    [
      'round(1, -31)',
      'Character 10, at "-31)": Decimal places are a whole number from -30 to 30, written out.',
    ],
    [
      'round(1, properties.a)',
      'Character 10, at "properties.a)": Decimal places are a whole number from -30 to 30, written out.',
    ],
    ['1 + "a"', 'Character 5, at "\\"a\\"": This is a text; here should be a number.'],
    ['code * 2', 'Character 1, at "code * 2": This is a text; here should be a number.'],
    ['-concat(1)', 'Character 2, at "concat(1)": This is a text; here should be a number.'],
    ['abs("a")', 'Character 5, at "\\"a\\")": This is a text; here should be a number.'],
    ['concat(1, 2)', 'Character 1, at "concat(1, 2)": This gives a text; here should be a number.'],
  ])('%s → %s', (source, problem) => {
    expect(recordExpressionProblem(source, 'number')).toBe(problem);
  });

  it('shows the next characters only', () => {
    expect(recordExpressionProblem(`? ${'a'.repeat(50)}`, 'number')).toBe(
      `Character 1, at "? ${'a'.repeat(18)}…": "?" means nothing here.`,
    );
  });

  it('is a limit that it breaks', () => {
    const problem = (source: string) => recordExpressionProblem(source, 'number');
    expect(problem(' '.repeat(EXPRESSION_LENGTH_MAX - 1) + '1')).toBeNull();
    expect(problem(' '.repeat(EXPRESSION_LENGTH_MAX) + '1')).toBe(
      'Character 1001, at "1": An expression has at most 1000 characters; this one has 1001.',
    );
    const nested = (depth: number) => '('.repeat(depth - 1) + '1' + ')'.repeat(depth - 1);
    expect(problem(nested(EXPRESSION_DEPTH_MAX))).toBeNull();
    expect(problem(nested(EXPRESSION_DEPTH_MAX + 1))).toMatch(
      /^Character 33, .* Expressions stand in each other at most 32 deep\.$/,
    );
    // Each `+1` is two parts more.
    const parts = (count: number) => '1' + '+1'.repeat((count - 1) / 2);
    expect(problem(parts(EXPRESSION_NODES_MAX - 1))).toBeNull();
    expect(problem(parts(EXPRESSION_NODES_MAX + 1))).toBe(
      'Character 200, at "+1": An expression has at most 200 parts.',
    );
    expect(EXPRESSION_DIGITS_MAX).toBeGreaterThanOrEqual(EXPRESSION_LENGTH_MAX);
  });

  it('is also said by the compiler, which is not asked to guess', () => {
    expect(() => compileRecordExpression('1 +')).toThrow(
      'no expression: Character 4, at the end: Here should be a value.',
    );
  });
});
