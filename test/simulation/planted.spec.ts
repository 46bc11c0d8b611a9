import { PLANTS } from './planted.js';
import { play } from './simulate.js';
import { openStage, type Stage } from './stage.js';

/** A planted bug must be found within so many worlds; most show in the first few, what needs a rare race in some dozens. */
const SEEDS_TO_FIND = 150;
const TIMEOUT_MS = 600_000;

let stage: Stage;
beforeAll(async () => (stage = await openStage()));
afterAll(() => stage.close());

describe('a bug that is planted is found:', () => {
  it.each(Object.entries(PLANTS))(
    '%s',
    async (_, plant) => {
      let found: readonly string[] = [];
      for (let seed = 1; seed <= SEEDS_TO_FIND && found.length === 0; seed += 1) {
        found = (await play(stage, seed, { plant })).problems;
      }
      expect(found).not.toEqual([]);
    },
    TIMEOUT_MS,
  );
});
