import fc from 'fast-check';
import { MalformedBody, parseExactJson } from './exact-json.js';

const parsed = (text: string): unknown => parseExactJson(Buffer.from(text)).value;
const property = (literal: string): unknown =>
  (parsed(`{"properties":{"value":${literal}}}`) as { properties: { value: unknown } }).properties
    .value;

describe('a number in properties', () => {
  it.each([
    ['0.1', 0.1],
    ['-12', -12],
    ['123456789012345', 123_456_789_012_345],
    ['9007199254740993', '9007199254740993'],
    ['9007199254740992', 9_007_199_254_740_992],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['-0.10000000000000000555', '-0.10000000000000000555'],
    ['1.00000000000000000', 1],
    ['1e3', 1_000],
    ['1.5E+3', 1_500],
    ['12345678901234567890e-10', '1234567890.123456789'],
    ['1e300', 1e300],
  ])('%s arrives as %j', (literal, value) => {
    expect(property(literal)).toBe(value);
  });

  it.each(['1e400', '-1e400', '1e-400', 'NaN', 'Infinity', '-Infinity', '1'.repeat(101)])(
    '%s arrives as no number, for validation to point at',
    (literal) => {
      expect(property(literal)).toBeNaN();
    },
  );

  it('keeps every digit of any decimal', () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,29}$/);
    fc.assert(
      fc.property(digits, digits, (whole, fraction) => {
        const literal = `${whole}.${fraction}`.replace(/0+$/, '1');
        expect(String(property(literal))).toBe(literal);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a body', () => {
  it('reads as JSON.parse reads it when it has no long numbers', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        const plain: unknown = JSON.parse(text);
        fc.pre(!/\d{15}|\d[eE]/.test(text));
        expect(parsed(text)).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    String.raw`{"a\"1e400,":"x\\","properties":{"b":"12345678901234567890","c":"NaN"}}`,
    String.raw`{"properties":{"text":"a \" 1.23456789012345678901 \\"},"timestamp":1}`,
  ])('leaves what only looks like a number in %s', (text) => {
    expect(parsed(text)).toEqual(JSON.parse(text));
  });

  it('keeps the strings beside an exact number', () => {
    const text = String.raw`{"properties":{"q\"":"\\ 1e5 \"","n":9007199254740993,"list":[1,9007199254740993]}}`;
    expect(parsed(text)).toEqual({
      properties: { 'q"': '\\ 1e5 "', n: '9007199254740993', list: [1, '9007199254740993'] },
    });
  });

  it('keeps a long timestamp as text and a long id as the number that it is', () => {
    expect(
      parsed('{"transaction_id":12345678901234567890,"timestamp":1769862896.123456789}'),
    ).toEqual({ transaction_id: 12_345_678_901_234_567_000, timestamp: '1769862896.123456789' });
  });

  it.each(['', '{', '{"a":}', '[1,]', 'nonsense', '{"a":1e}', '{"a":01}', '{"a":NaN', "{'a':1}"])(
    'that reads %j is malformed',
    (text) => {
      expect(() => parsed(text)).toThrow(MalformedBody);
    },
  );

  it('is malformed when it is not UTF-8', () => {
    expect(() => parseExactJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('not valid UTF-8');
  });

  it('survives a hundred thousand brackets', () => {
    const text = `{"properties":${'['.repeat(100_000)}1e400${']'.repeat(100_000)}}`;
    expect(parsed(text)).toHaveProperty('properties');
  });
});
