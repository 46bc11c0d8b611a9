import fc from 'fast-check';
import type { Observation } from '../../aggregation.js';
import { dailyPresence } from './daily-presence.js';

const DAY_MS = 86_400_000;
const dayOf = (timestamp: number): number => Math.floor(timestamp / DAY_MS);

const operations = (list: readonly [day: number, value: string, adds: boolean][]): Observation[] =>
  list.map(([day, value, adds], index) => ({
    value,
    operation: adds ? undefined : 'remove',
    timestamp: day * DAY_MS + index,
    position: 1,
    index,
  }));

const changesOf = (list: readonly [number, string, boolean][]): [number, number][] =>
  dailyPresence([], operations(list), dayOf).changes.map(({ units, day }) => [
    units.toNumber(),
    day,
  ]);

describe('days on which values are in', () => {
  it.each<[string, [number, string, boolean][], [number, number][]]>([
    ['begin with the day that adds them', [[10, 'a', true]], [[1, 10]]],
    [
      'end with the day that removes them',
      [
        [10, 'a', true],
        [12, 'a', false],
      ],
      [
        [1, 10],
        [-1, 13],
      ],
    ],
    [
      'count once where a value is added again',
      [
        [10, 'a', true],
        [11, 'a', true],
      ],
      [[1, 10]],
    ],
    ['are none for a value that was never there', [[10, 'a', false]], []],
    [
      'count once where a value comes and goes on one day',
      [
        [10, 'a', true],
        [10, 'a', false],
        [10, 'a', true],
        [10, 'a', false],
      ],
      [
        [1, 10],
        [-1, 11],
      ],
    ],
    [
      'go on where a value goes and comes back on one day',
      [
        [10, 'a', true],
        [11, 'a', false],
        [11, 'a', true],
      ],
      [[1, 10]],
    ],
  ])('%s', (_, list, changes) => expect(changesOf(list)).toEqual(changes));

  it('begin with what was there before', () => {
    const before = operations([
      [1, 'a', true],
      [2, 'b', true],
      [3, 'b', false],
    ]);
    const within = operations([[10, 'a', false]]);
    const { carried, changes } = dailyPresence(before, within, dayOf);
    expect(carried.toNumber()).toBe(1);
    expect(changes.map(({ units, day }) => [units.toNumber(), day])).toEqual([[-1, 11]]);
  });

  it('sum up to the days on which a plain model has each value in', () => {
    const step = fc.tuple(fc.nat({ max: 6 }), fc.constantFrom('a', 'b'), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const list = [...steps].sort(([a], [b]) => a - b);
        const valueDays = changesOf(list).reduce((sum, [units, day]) => sum + units * (7 - day), 0);
        const isIn = new Map<string, boolean>();
        let expected = 0;
        for (let day = 0; day < 7; day += 1) {
          for (const value of ['a', 'b']) {
            const today = list.filter(([at, of]) => at === day && of === value);
            const inToday = (isIn.get(value) ?? false) || today.some(([, , adds]) => adds);
            if (inToday) expected += 1;
            isIn.set(value, today.at(-1)?.[2] ?? isIn.get(value) ?? false);
          }
        }
        expect(valueDays).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});
