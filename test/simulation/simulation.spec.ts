import { readFileSync } from 'node:fs';
import { play } from './simulate.js';
import { openStage, type Stage } from './stage.js';
import { Tally } from './tally.js';

/** Seeds that failed once; `npm run simulate -- --record` adds to them. */
const REGRESSIONS = JSON.parse(
  readFileSync(new URL('regressions.json', import.meta.url), 'utf8'),
) as number[];

const SEEDS = 200;
const AT_ONCE = 20;
/** Far more than it takes, also on a machine that does ten other things. */
const TIMEOUT_MS = 300_000;

let stage: Stage;
beforeAll(async () => (stage = await openStage()));
afterAll(() => stage.close());

const tally = new Tally();

/** The seeds that fail, with what was wrong: the message of a failing spec names them. */
async function failing(seeds: readonly number[]): Promise<Record<string, readonly string[]>> {
  const failed: Record<string, readonly string[]> = {};
  for (const seed of seeds) {
    const played = await play(stage, seed);
    tally.add(played);
    if (played.problems.length > 0) failed[`seed ${seed}`] = played.problems;
  }
  return failed;
}

describe('worlds of several processes, in virtual time', () => {
  it(
    'go well for every seed that failed once',
    async () => {
      expect(await failing(REGRESSIONS)).toEqual({});
    },
    TIMEOUT_MS,
  );

  it(
    'happen in the same way whenever they are played from the same seed',
    async () => {
      const first = await play(stage, 1);
      const again = await play(stage, 1);
      expect(again).toEqual(first);
      expect((await play(stage, 2)).traceHash).not.toBe(first.traceHash);
    },
    TIMEOUT_MS,
  );

  it.each(Array.from({ length: SEEDS / AT_ONCE }, (_, i) => [i * AT_ONCE + 1, (i + 1) * AT_ONCE]))(
    'go well for seeds %i to %i',
    async (from, to) => {
      const seeds = Array.from({ length: to - from + 1 }, (_, i) => from + i);
      expect(await failing(seeds)).toEqual({});
    },
    TIMEOUT_MS,
  );

  it('have seen every kind of fault', () => {
    expect([...tally.kinds].sort()).toEqual(KINDS);
  });
});

/** If one of them is missing, the worlds have become too friendly. */
const KINDS = [
  'appends with unknown outcome',
  'clocks turned',
  'conflicting records',
  'crashes',
  'notices of the log lost',
  'pauses',
  'pauses longer than a lease',
  'processes cut off from the database',
  'processes stopped and replaced',
  'processes that could not start',
  'reads of the log failed',
  'rebuilds in between',
  'records sent again',
  'requests sent again',
  'statements lost',
  'subscriptions dropped',
  'zombies refused',
];
