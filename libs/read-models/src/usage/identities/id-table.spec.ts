import fc from 'fast-check';
import { decodeSegment, encodeSegment, TextList } from '@odometer/event-store';
import { IdTable, NO_NUMBER } from './id-table.js';

/** The ids as they lie in a segment. */
async function listOf(ids: readonly string[]): Promise<TextList> {
  // Many records for each id, so that they are not UUIDs or rows.
  const records = [...ids, ...ids, ...Array<string>(20).fill(ids[0]!), 'z', 'z'].map(
    (customerId, n) => ({ transactionId: `t-${n}`, code: 'c', timestamp: 1, customerId }),
  );
  const { customers } = decodeSegment(await encodeSegment({ records }));
  expect(customers.listed?.all().slice(0, ids.length)).toEqual(ids);
  return customers.listed!;
}

describe('a table of ids', () => {
  it('knows the ids that it was given, each for its owner', async () => {
    const list = await listOf(['a', 'b', 'ab']);
    const table = new IdTable();
    table.add({ list, owner: 1 }, 0, 7);
    table.add({ list, owner: 2 }, 0, 8);
    table.add({ list, owner: 1 }, 2, 9);
    const numbers = [1, 2, 3].map((owner) =>
      [0, 1, 2].map((index) => table.find({ list, owner }, index)),
    );
    expect(numbers).toEqual([
      [7, NO_NUMBER, 9],
      [8, NO_NUMBER, NO_NUMBER],
      [NO_NUMBER, NO_NUMBER, NO_NUMBER],
    ]);
  });

  it('answers what a map answers, also after it has grown', async () => {
    const id = fc.string({ unit: fc.constantFrom('a', 'b', '1'), minLength: 1, maxLength: 6 });
    const batches = fc.array(
      fc.record({ ids: fc.uniqueArray(id, { minLength: 1, maxLength: 60 }), owner: fc.nat(3) }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(batches, async (all) => {
        const table = new IdTable();
        const map = new Map<string, number>();
        for (const { ids, owner } of all) {
          const list = await listOf(ids);
          ids.forEach((one, index) => {
            const key = `${owner} ${one}`;
            expect(table.find({ list, owner }, index)).toBe(map.get(key) ?? NO_NUMBER);
            if (map.has(key)) return;
            map.set(key, map.size);
            table.add({ list, owner }, index, map.get(key)!);
          });
        }
      }),
      { numRuns: 50 },
    );
    const many = await listOf(Array.from({ length: 9_000 }, (_, n) => `customer-${n}`));
    const table = new IdTable();
    for (let n = 0; n < 9_000; n += 1) table.add({ list: many, owner: 0 }, n, n);
    for (let n = 0; n < 9_000; n += 1) expect(table.find({ list: many, owner: 0 }, n)).toBe(n);
  });

  it('forgets ids that share a slot with too many others', () => {
    const texts = Array.from({ length: 100 }, (_, n) => `id-${`${n}`.padStart(2, '0')}`);
    const bytes = Buffer.from(texts.join(''));
    const starts = Int32Array.from(texts, (_, n) => n * 5);
    const ends = starts.map((start) => start + 5);
    const list = new TextList(bytes, starts, ends, new Int32Array(100));
    const table = new IdTable();
    for (let n = 0; n < 100; n += 1) table.add({ list, owner: 0 }, n, n);
    const found = texts.map((_, n) => table.find({ list, owner: 0 }, n));
    expect(found.slice(0, 32)).toEqual(texts.slice(0, 32).map((_, n) => n));
    expect(found.slice(32).every((number) => number === NO_NUMBER)).toBe(true);
  });
});
