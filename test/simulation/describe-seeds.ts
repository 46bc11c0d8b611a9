import { play } from './simulate.js';
import { openStage, type Stage } from './stage.js';
import { Tally } from './tally.js';

const AT_ONCE = 20;
/** Far more than it takes, also on a machine that does ten other things. */
export const WORLDS_TIMEOUT_MS = 300_000;

/** The seeds that fail, with what was wrong: the message of a failing spec names them. */
export async function failing(
  stage: Stage,
  seeds: readonly number[],
  tally = new Tally(),
): Promise<Record<string, readonly string[]>> {
  const failed: Record<string, readonly string[]> = {};
  for (const seed of seeds) {
    const played = await play(stage, seed);
    tally.add(played);
    if (played.problems.length > 0) failed[`seed ${seed}`] = played.problems;
  }
  return failed;
}

/** Plays the worlds of the seeds from the first to the last, a multiple of AT_ONCE of them. */
export function describeSeeds(first: number, last: number): void {
  describe(`worlds of several processes, in virtual time, from seeds ${first} to ${last}`, () => {
    let stage: Stage;
    beforeAll(async () => (stage = await openStage()));
    afterAll(() => stage.close());

    const tally = new Tally();
    const starts = Array.from(
      { length: (last - first + 1) / AT_ONCE },
      (_, i) => first + i * AT_ONCE,
    );

    it.each(starts.map((from) => [from, from + AT_ONCE - 1]))(
      'go well for seeds %i to %i',
      async (from, to) => {
        const seeds = Array.from({ length: to - from + 1 }, (_, i) => from + i);
        expect(await failing(stage, seeds, tally)).toEqual({});
      },
      WORLDS_TIMEOUT_MS,
    );

    it('have seen every kind of fault', () => {
      expect([...tally.kinds].sort()).toEqual(KINDS);
    });
  });
}

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
  'records amended',
  'records sent again',
  'records voided',
  'requests sent again',
  'statements lost',
  'subscriptions dropped',
  'zombies refused',
];
