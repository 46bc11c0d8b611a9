import {
  AppendTooLarge,
  EmptyAppend,
  PartialRetry,
  RevisionConflict,
  type ExpectedRevision,
} from '../event-store.js';
import { appendBytesOf, type LogUnderTest } from './log-under-test.js';
import { newEvent, newStream } from './new-event.js';

/** What an append promises. */
export function describeAppending(log: LogUnderTest): void {
  describe('appending', () => {
    it('numbers a stream from 0 and the log upwards', async () => {
      const stream = newStream();
      const first = await log.append(stream, 'noStream', { n: 0 }, { n: 1 });
      const second = await log.append(stream, 1, { n: 2 });
      expect(first).toMatchObject({ firstRevision: 0, lastRevision: 1, replayed: false });
      expect(second).toMatchObject({ firstRevision: 2, lastRevision: 2, replayed: false });
      expect(second.position).toBeGreaterThan(first.position);
      expect(await log.store.head()).toBe(second.position);
    });

    const cases: [string, 'new' | 'with two events', ExpectedRevision, number | 'refused'][] = [
      ['any', 'new', 'any', 0],
      ['any', 'with two events', 'any', 2],
      ['noStream', 'new', 'noStream', 0],
      ['noStream', 'with two events', 'noStream', 'refused'],
      ['exists', 'new', 'exists', 'refused'],
      ['exists', 'with two events', 'exists', 2],
      ['revision 1', 'with two events', 1, 2],
      ['revision 0', 'with two events', 0, 'refused'],
      ['revision 2', 'with two events', 2, 'refused'],
      ['revision 0', 'new', 0, 'refused'],
    ];
    it.each(cases)('expecting %s of a stream that is %s', async (_, state, expected, outcome) => {
      const stream = newStream();
      if (state !== 'new') await log.append(stream, 'noStream', {}, {});
      const attempt = log.append(stream, expected, { late: true });
      if (outcome === 'refused') await expect(attempt).rejects.toThrow(RevisionConflict);
      else expect((await attempt).lastRevision).toBe(outcome);
    });

    it('names both revisions in a conflict', async () => {
      const stream = newStream();
      await log.append(stream, 'noStream', {}, {});
      await expect(log.append(stream, 7, {})).rejects.toMatchObject({
        streamId: stream,
        expected: 7,
        actual: 1,
      });
      await expect(log.append(newStream(), 'exists', {})).rejects.toMatchObject({
        expected: 'exists',
        actual: -1,
      });
    });

    it('lets one of many concurrent appends win', async () => {
      const stream = newStream();
      await log.append(stream, 'noStream', {});
      const attempts = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => log.append(stream, 0, { n })),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const attempt of attempts) {
        if (attempt.status === 'rejected') {
          expect(attempt.reason).toBeInstanceOf(RevisionConflict);
          expect(attempt.reason).toMatchObject({ expected: 0, actual: 1 });
        }
      }
      expect(await log.store.readStream(stream)).toHaveLength(2);
    });

    it('is all or nothing', async () => {
      const stream = newStream();
      const known = newEvent({ n: 1 });
      await log.store.append(newStream(), [known], { expectedRevision: 'any' });
      const before = await log.store.head();
      await expect(
        log.store.append(stream, [newEvent(), known, newEvent()], { expectedRevision: 'any' }),
      ).rejects.toThrow(PartialRetry);
      expect(await log.store.readStream(stream)).toEqual([]);
      expect(await log.store.head()).toBe(before);
    });

    it('refuses an append of nothing', async () => {
      await expect(log.store.append(newStream(), [], { expectedRevision: 'any' })).rejects.toThrow(
        EmptyAppend,
      );
    });

    it('refuses an append that is too large', async () => {
      const huge = newEvent({ text: 'x'.repeat(appendBytesOf(log)) });
      await expect(
        log.store.append(newStream(), [huge], { expectedRevision: 'any' }),
      ).rejects.toThrow(AppendTooLarge);
    });
  });
}
