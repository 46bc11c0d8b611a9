import { RuleBroken } from '@odometer/domain';
import fc from 'fast-check';
import { CURSOR_LENGTH_MAX, decodeCursor, encodeCursor, limitOf, pageOf } from './cursor.js';

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof RuleBroken) return `${error.code} ${error.errors[0]?.pointer}`;
    throw error;
  }
  return 'not refused';
};

describe('a cursor', () => {
  it('gives back the keys it was made of', () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(text, fc.maxSafeInteger(), (name, position) => {
        const cursor = encodeCursor([name, position]);
        expect(decodeCursor(cursor, ['string', 'number'] as const)).toEqual([name, position]);
        expect(cursor).toMatch(/^[\w-]*$/);
      }),
    );
  });

  it.each([
    ['empty text', ''],
    ['no base64', '***'],
    ['no JSON', Buffer.from('nothing').toString('base64url')],
    ['no list', Buffer.from('"a"').toString('base64url')],
    ['another number of keys', encodeCursor(['a', 'b'])],
    ['another type of key', encodeCursor([1])],
    ['a text with NUL', encodeCursor(['a\0'])],
    ['another spelling', `${encodeCursor(['a'])}=`],
    ['endless text', encodeCursor(['a'.repeat(CURSOR_LENGTH_MAX)])],
  ])('is refused when it is %s', (_, cursor) => {
    expect(codeOf(() => decodeCursor(cursor, ['string'] as const))).toBe('invalid_cursor /cursor');
  });

  it.each([1.5, 2 ** 60])('is refused when its number is %d', (number) => {
    expect(codeOf(() => decodeCursor(encodeCursor([number]), ['number'] as const))).toBe(
      'invalid_cursor /cursor',
    );
  });
});

describe('the limit of a page', () => {
  it('is 100 when none is given', () => expect(limitOf({})).toBe(100));
  it.each([1, 1_000])('may be %d', (limit) => expect(limitOf({ limit })).toBe(limit));
  it.each([0, 1_001, 1.5, Number.NaN])('may not be %d', (limit) => {
    expect(codeOf(() => limitOf({ limit }))).toBe('invalid_limit /limit');
  });
});

describe('a page', () => {
  const view = { item: (row: number) => row * 10, keys: (row: number) => [row] };
  it('ends the list when there is no extra row', () => {
    expect(pageOf([1, 2], 2, view)).toEqual({ data: [10, 20], nextCursor: null });
  });
  it('points behind its last entry when there is one', () => {
    expect(pageOf([1, 2, 3], 2, view)).toEqual({ data: [10, 20], nextCursor: encodeCursor([2]) });
  });
  it('may be empty', () => {
    expect(pageOf([], 2, view)).toEqual({ data: [], nextCursor: null });
  });
});
