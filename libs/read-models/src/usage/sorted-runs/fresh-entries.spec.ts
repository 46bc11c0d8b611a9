import fc from 'fast-check';
import { sortEntries } from './entry-order.js';
import { FreshEntries } from './fresh-entries.js';
import type { RunFormat } from './run-format.js';

const FORMAT: RunFormat = {
  name: 'fresh',
  entryBytes: 16,
  keyBytes: 8,
  pageEntries: 4,
  filtered: true,
};

/** A key that looks like a hash, then the number of the batch that brings it. */
function entryOf(key: number, batch: number): Buffer {
  const entry = Buffer.alloc(16);
  entry.writeUInt32BE(Math.imul(key + 1, 0x9e3779b1) >>> 0, 0);
  entry.writeUInt32BE(Math.imul(key + 1, 0x85ebca6b) >>> 0, 4);
  entry.writeUInt32BE(batch, 12);
  return entry;
}

const keyOf = (entry: Buffer): string => entry.toString('hex', 0, 8);

/** Some keys of a batch, and into how many pieces its entries are cut. */
const batches = fc.array(
  fc.record({
    keys: fc.uniqueArray(fc.nat(400), { maxLength: 80 }),
    pieces: fc.integer({ min: 1, max: 5 }),
    taken: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

function cut(entries: Buffer, pieces: number): Buffer[] {
  const step = Math.ceil(entries.length / 16 / pieces) * 16;
  return Array.from({ length: pieces }, (_, at) => entries.subarray(at * step, (at + 1) * step));
}

describe('entries that are not written yet', () => {
  it('are found by their keys, and taken in order', () => {
    fc.assert(
      fc.property(batches, (all) => {
        const fresh = new FreshEntries(FORMAT);
        const model = new Map<string, Buffer>();
        const looked = sortEntries(
          Buffer.concat(Array.from({ length: 401 }, (_, key) => entryOf(key, 0))),
          16,
        );
        all.forEach(({ keys, pieces, taken }, batch) => {
          const news = keys
            .map((key) => entryOf(key, batch))
            .filter((one) => !model.has(keyOf(one)));
          for (const entry of news) model.set(keyOf(entry), entry);
          fresh.add(cut(sortEntries(Buffer.concat(news), 16), pieces));
          expect(fresh.bytes).toBe(model.size * 16);
          const found = fresh.find(looked);
          expect(found.size).toBe(model.size);
          for (const [index, entry] of found) {
            const key = keyOf(looked.subarray(index * 16));
            expect(entry).toEqual(model.get(key));
          }
          if (!taken) return;
          const expected = sortEntries(Buffer.concat([...model.values()]), 16);
          expect(fresh.take().equals(expected)).toBe(true);
          model.clear();
        });
        const expected = sortEntries(Buffer.concat([...model.values()]), 16);
        expect(fresh.take().equals(expected)).toBe(true);
        expect(fresh.bytes).toBe(0);
      }),
    );
  });

  it('stay as they were taken when others are added', () => {
    const fresh = new FreshEntries(FORMAT);
    const taken = [1, 2, 3, 4].map((key) => {
      fresh.add([entryOf(key, key)]);
      return fresh.take();
    });
    expect(taken).toEqual([1, 2, 3, 4].map((key) => entryOf(key, key)));
  });

  it('have the room of what was taken when that is settled', () => {
    const fresh = new FreshEntries(FORMAT);
    const rooms = [1, 2, 3].map((key) => {
      fresh.add([entryOf(key, key)]);
      const { buffer } = fresh.take();
      fresh.settled();
      return buffer;
    });
    expect(rooms[1]).toBe(rooms[0]);
    expect(rooms[2]).toBe(rooms[0]);
  });
});
