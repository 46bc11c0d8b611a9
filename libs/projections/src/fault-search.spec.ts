import fc from 'fast-check';
import { FaultSearch } from './fault-search.js';

interface Found {
  /** Index of the event that was blamed; undefined when all of them were applied. */
  readonly blamed: number | undefined;
  /** Indices in the order in which they were committed. */
  readonly applied: number[];
  /** How many events each transaction took in, and whether it failed. */
  readonly tries: { readonly events: number; readonly failed: boolean }[];
}

/** Applies `count` events as a shard does, in transactions that fail as told; `room` is what other limits leave a transaction. */
function searchAmong(
  count: number,
  fails: (events: readonly number[], tries: number) => boolean,
  room: (tries: number) => number = () => Infinity,
): Found {
  const search = new FaultSearch();
  const found: Found = { blamed: undefined, applied: [], tries: [] };
  const { applied, tries } = found;
  while (applied.length < count) {
    const from = applied.length;
    const size = Math.min(search.eventsMax, room(tries.length), count - from);
    const events = Array.from({ length: size }, (_, i) => from + i);
    const failed = fails(events, tries.length);
    tries.push({ events: size, failed });
    if (!failed) {
      applied.push(...events);
      search.succeeded(size);
    } else if (search.failed(size)) return { ...found, blamed: events.at(-1) };
  }
  return found;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const failuresOf = ({ tries }: Found): number => tries.filter(({ failed }) => failed).length;
const workOf = ({ tries }: Found): number => tries.reduce((sum, { events }) => sum + events, 0);
const halvingsOf = (count: number): number => Math.ceil(Math.log2(count));

describe('the search for an event that cannot be applied', () => {
  it.each([
    { name: 'the first', culprit: 0, failures: 11, transactions: 11 },
    { name: 'the one in the middle', culprit: 499, failures: 3, transactions: 11 },
    { name: 'the last', culprit: 999, failures: 2, transactions: 11 },
  ])(
    'finds $name of 1,000 in $transactions transactions, of which $failures fail',
    ({ culprit, failures, transactions }) => {
      const found = searchAmong(1_000, (events) => events.includes(culprit));
      expect(found.blamed).toBe(culprit);
      expect(found.applied).toEqual(upTo(culprit));
      expect([failuresOf(found), found.tries.length]).toEqual([failures, transactions]);
    },
  );

  it('halves what is left, whether a half succeeds or fails', () => {
    const found = searchAmong(16, (events) => events.includes(5));
    expect(found.tries).toEqual([
      { events: 16, failed: true },
      { events: 8, failed: true },
      { events: 4, failed: false },
      { events: 2, failed: true },
      { events: 1, failed: false },
      { events: 1, failed: true },
    ]);
  });

  it('blames the first of them that fails by itself, after about log2(n) transactions and twice the work', () => {
    const some = fc.integer({ min: 1, max: 3_000 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        culprits: fc.array(fc.nat({ max: count - 1 }), { minLength: 1, maxLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(some, ({ count, culprits }) => {
        const bad = new Set(culprits);
        const found = searchAmong(count, (events) => events.some((event) => bad.has(event)));
        expect(found.blamed).toBe(Math.min(...culprits));
        expect(found.applied).toEqual(upTo(Math.min(...culprits)));
        expect(failuresOf(found)).toBeLessThanOrEqual(halvingsOf(count) + 1);
        expect(found.tries.length).toBeLessThanOrEqual(halvingsOf(count) + 2);
        expect(workOf(found)).toBeLessThanOrEqual(2 * count + halvingsOf(count) + 1);
      }),
    );
  });

  it('finds it as well where other limits make transactions smaller', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.nat(),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }),
        (count, any, rooms) => {
          const culprit = any % count;
          const found = searchAmong(
            count,
            (events) => events.includes(culprit),
            (tries) => rooms[tries % rooms.length]!,
          );
          expect(found.blamed).toBe(culprit);
          expect(found.applied).toEqual(upTo(culprit));
        },
      ),
    );
  });

  it('blames nobody for what fails only in company, and applies all of it once', () => {
    const pair = fc.tuple(fc.nat({ max: 399 }), fc.nat({ max: 399 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 5 }), (all) => {
        const pairs = all.filter(([one, other]) => one !== other);
        const found = searchAmong(400, (events) =>
          pairs.some(([one, other]) => events.includes(one) && events.includes(other)),
        );
        expect(found.blamed).toBeUndefined();
        expect(found.applied).toEqual(upTo(400));
      }),
    );
  });

  it.each([1, 2, 3, 10, 99])(
    'gets on where no more than %i can be applied together, at a small multiple of the least work',
    (most) => {
      const found = searchAmong(2_000, (events) => events.length > most);
      expect(found.applied).toEqual(upTo(2_000));
      expect(found.tries.length).toBeLessThanOrEqual((8 * 2_000) / most);
      expect(workOf(found)).toBeLessThanOrEqual(4 * 2_000);
    },
  );

  it('goes on after a fault that does not come back, in transactions that grow again', () => {
    const found = searchAmong(
      5_000,
      (_, tries) => tries === 0,
      (tries) => (tries === 0 ? 64 : Infinity),
    );
    expect(found.blamed).toBeUndefined();
    expect(found.applied).toEqual(upTo(5_000));
    expect(found.tries.map(({ events }) => events)).toEqual([
      ...[64, 32, 16, 8, 4, 2, 1, 1],
      ...[2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048],
      // The rest.
      5_000 - 64 - 4_094,
    ]);
  });
});
