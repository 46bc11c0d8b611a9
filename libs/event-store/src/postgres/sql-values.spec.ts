import { isPlainInteger, isPlainText, Parameters, PlainLiterals } from './sql-values.js';

const FOREIGN = [
  "o'brien",
  'back\\slash',
  'a\0b',
  'zürich',
  'ﬁ',
  '１',
  'a b',
  'a.b',
  '$1',
  "'",
  '"',
];

describe('values of a statement', () => {
  it('travel beside it as parameters, whatever they hold', () => {
    const parameters = new Parameters();
    expect(parameters.integer(7)).toBe('$1::bigint');
    expect(parameters.text("o'brien")).toBe('$2::text');
    expect(parameters.values).toEqual([7, "o'brien"]);
  });

  it.each(['UsageRecorded', '-0', 'tenant_1-B', ''])(
    'stand in it when they are plain: %j',
    (text) => {
      expect(isPlainText(text)).toBe(true);
      expect(new PlainLiterals().text(text)).toBe(`'${text}'::text`);
    },
  );

  it.each(FOREIGN)('never stand in it otherwise: %j', (text) => {
    for (const one of [text, `a${text}`, `${text}a`, `a\n${text}`]) {
      expect(isPlainText(one)).toBe(false);
      expect(() => new PlainLiterals().text(one)).toThrow('has other characters than');
    }
  });

  it('never stand in it with a line behind what is plain', () => {
    expect(isPlainText('plain\n')).toBe(false);
    expect(() => new PlainLiterals().text('plain\n')).toThrow('has other characters than');
  });

  it('stand in it when they are safe integers from 0 on', () => {
    expect([0, 2_000, Number.MAX_SAFE_INTEGER].every(isPlainInteger)).toBe(true);
    expect(new PlainLiterals().integer(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991::bigint');
  });

  it.each([-1, 0.5, 2 ** 53, Infinity, NaN, '1; DROP TABLE' as never])(
    'never stand in it as another number: %p',
    (value) => {
      expect(isPlainInteger(value)).toBe(false);
      expect(() => new PlainLiterals().integer(value)).toThrow('is no safe integer from 0 on');
    },
  );
});
