import { readFileSync } from 'node:fs';
import { describeSeeds, failing, WORLDS_TIMEOUT_MS } from './describe-seeds.js';
import { play } from './simulate.js';
import { openStage, type Stage } from './stage.js';

/** Seeds that failed once; `npm run simulate -- --record` adds to them. */
const REGRESSIONS = JSON.parse(
  readFileSync(new URL('regressions.json', import.meta.url), 'utf8'),
) as number[];

describe('worlds of several processes, in virtual time', () => {
  let stage: Stage;
  beforeAll(async () => (stage = await openStage()));
  afterAll(() => stage.close());

  it(
    'go well for every seed that failed once',
    async () => {
      expect(await failing(stage, REGRESSIONS)).toEqual({});
    },
    WORLDS_TIMEOUT_MS,
  );

  it(
    'happen in the same way whenever they are played from the same seed',
    async () => {
      const first = await play(stage, 1);
      const again = await play(stage, 1);
      expect(again).toEqual(first);
      expect((await play(stage, 2)).traceHash).not.toBe(first.traceHash);
    },
    WORLDS_TIMEOUT_MS,
  );
});

describeSeeds(1, 100);
