import { followUntil } from './follow.js';
import type { LogUnderTest } from './log-under-test.js';
import { newStream } from './new-event.js';

/** What a subscription promises. */
export function describeFollowing(log: LogUnderTest): void {
  describe('a subscription', () => {
    it('catches up and goes on live without gap or repeat while others write', async () => {
      const start = await log.store.head();
      const total = 8 * 25;
      const writing = Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          for (let n = 0; n < 25; n += 1) {
            await log.append(newStream(), 'any', { writer, n });
            await new Promise((resolve) => setTimeout(resolve, (writer * 7 + n * 13) % 5));
          }
        }),
      );
      const events = await followUntil(
        log.store,
        { after: start, limit: 10 },
        (seen) => seen.length >= total,
      );
      await writing;
      const positions = events.map(({ position }) => position);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(new Set(positions).size).toBe(total);
      expect((await log.store.readAll({ after: positions.at(-1)! })).events).toEqual([]);
    });

    it('resumes from its checkpoint after a restart', async () => {
      const start = await log.store.head();
      const stream = newStream();
      for (let n = 0; n < 10; n += 1) await log.append(stream, 'any', { n });
      const first = await followUntil(
        log.store,
        { after: start, limit: 4 },
        (seen) => seen.length >= 4,
      );
      const checkpoint = first.at(-1)!.position;
      const rest = await followUntil(
        await log.subject.reopen(),
        { after: checkpoint },
        (seen) => seen.length >= 10 - first.length,
      );
      const n = [...first, ...rest].map(({ data }) => (data as { n: number }).n);
      expect(n).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('ends when it is told to', async () => {
      const stop = new AbortController();
      const pages = log.store
        .subscribe({ after: await log.store.head(), signal: stop.signal })
        [Symbol.asyncIterator]();
      const next = pages.next();
      stop.abort();
      expect((await next).done).toBe(true);
    });
  });
}
