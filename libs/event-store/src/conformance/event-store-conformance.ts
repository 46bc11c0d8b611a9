import { describeAppending } from './appending.js';
import { describeFollowing } from './following.js';
import { LogUnderTest, type StoreUnderTest } from './log-under-test.js';
import { describeReading } from './reading.js';
import { describeRetries } from './retries.js';

/** What every event store promises. `open` gives an empty log. */
export function describeEventStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} event store`, () => {
    const log = new LogUnderTest(open);
    beforeAll(() => log.open());
    afterAll(() => log.subject.dispose());

    describeAppending(log);
    describeRetries(log);
    describeReading(log);
    describeFollowing(log);

    it('has hash chains that verify', async () => {
      const result = await log.store.verify();
      expect(result.faults).toEqual([]);
      expect(result.events).toBeGreaterThan(100);
    });
  });
}
