import fc from 'fast-check';
import { cutTexts } from './text-list.js';

const plain = fc
  .string({ unit: 'grapheme-ascii', maxLength: 12 })
  .map((text) => text.replaceAll(/["\\]/g, '.'));
const lists = fc.array(plain, { minLength: 1, maxLength: 30 });

/** Fields that may stand before: their values can hold anything. */
const before = fc.oneof(
  fc.record({ one: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('"of":["x"]')) }),
  fc.record({ of: fc.array(fc.jsonValue()) }),
  fc.constant({ bytes: 16 }),
);

const jsonOf = (n: number, f: readonly unknown[]): Buffer =>
  Buffer.from(JSON.stringify({ n, f, s: [['"of":["x"]']], p: [] }));

describe('a list of texts', () => {
  it('is cut out of the field that has it, and leaves an empty one there', () => {
    fc.assert(
      fc.property(before, before, lists, fc.nat(), (first, second, of, n) => {
        const rest = { of: ['y'] };
        const cut = cutTexts(jsonOf(n, [first, second, { bytes: 1, least: 0, of }, rest]), 2);
        expect(cut?.list.all()).toEqual(of);
        const fields = [first, second, { bytes: 1, least: 0, of: [] }, rest];
        expect(cut?.json).toBe(jsonOf(n, fields).toString());
      }),
    );
  });

  it('tells each text by its place, and equal ones by their hash', () => {
    const { list } = cutTexts(jsonOf(3, [{ of: ['ab', 'c', '', 'ab'] }]), 0)!;
    expect(list.count).toBe(4);
    expect([0, 1, 2, 3].map((at) => list.at(at))).toEqual(['ab', 'c', '', 'ab']);
    expect(() => list.at(4)).toThrow('no text 4 in a list of 4');
    // FNV-1a of 'ab', 'c' and nothing, as its authors give them.
    expect([...list.hashes].map((hash) => hash >>> 0)).toEqual([
      0x4d2505ca, 0xe60c2c52, 0x811c9dc5, 0x4d2505ca,
    ]);
  });

  it('may be longer than any before', () => {
    const of = Array.from({ length: 5_000 }, (_, n) => `id-${n}`);
    expect(cutTexts(jsonOf(5_000, [{ of }]), 0)?.list.all()).toEqual(of);
  });

  it.each([
    ['a quote', ['a', 'b"']],
    ['a backslash', ['a\\', 'b']],
    ['a letter beyond ASCII', ['a', 'é']],
    ['something else than texts', ['a', null]],
    ['nothing', []],
  ])('is left where it has %s', (_, of) => {
    expect(cutTexts(jsonOf(2, [{ bytes: 1, least: 0, of }]), 0)).toBeNull();
  });

  it('is not looked for in other fields, nor in texts', () => {
    const listed = { of: ['x'] };
    for (const field of [{ one: 'a' }, { one: '"of":["x"]' }, { one: '}' }, { bytes: 16 }])
      expect(cutTexts(jsonOf(1, [field, listed]), 0)).toBeNull();
    expect(cutTexts(jsonOf(1, [listed]), 1)).toBeNull();
  });

  it('is left in a text that ends early, wherever that is', () => {
    const whole = jsonOf(2, [{ one: 'a"b' }, { bytes: 1, least: 0, of: ['ab', 'c'] }]);
    const complete = whole.indexOf('"c"]}') + 5;
    for (let end = 0; end < complete; end += 1)
      expect(cutTexts(whole.subarray(0, end), 1)).toBeNull();
    expect(cutTexts(whole.subarray(0, complete), 1)).not.toBeNull();
  });
});
