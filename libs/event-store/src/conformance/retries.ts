import {
  PartialRetry,
  RepeatDiffers,
  RevisionConflict,
  type ExpectedRevision,
  type NewEvent,
} from '../event-store.js';
import type { LogUnderTest } from './log-under-test.js';
import { newEvent, newStream } from './new-event.js';

/** What becomes of an append that comes again. */
export function describeRetries(log: LogUnderTest): void {
  describe('a retry', () => {
    it.each<ExpectedRevision>(['any', 'noStream'])(
      'of the identical append answers the first result (%s)',
      async (expectedRevision) => {
        const stream = newStream();
        const events = [newEvent({ n: 0 }), newEvent({ n: 1 })];
        const first = await log.store.append(stream, events, { expectedRevision });
        for (let n = 0; n < 50; n += 1) await log.append(stream, 'any', { n });
        const again = await log.store.append(stream, events, { expectedRevision });
        expect(again).toEqual({ ...first, replayed: true });
        expect(await log.store.readStream(stream)).toHaveLength(52);
      },
    );

    it('at the same time as the first attempt appends once', async () => {
      const stream = newStream();
      const events = [newEvent({ n: 0 }), newEvent({ n: 1 })];
      const results = await Promise.all(
        Array.from({ length: 8 }, () =>
          log.store.append(stream, events, { expectedRevision: 'any' }),
        ),
      );
      expect(new Set(results.map(({ position }) => position)).size).toBe(1);
      expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
      expect(await log.store.readStream(stream)).toHaveLength(2);
    });

    it('with other metadata answers the first result: what is said is the same', async () => {
      const stream = newStream();
      const event = newEvent({ n: 1 });
      const first = await log.store.append(stream, [event], { expectedRevision: 'noStream' });
      const later = { ...event.metadata, recordedAt: '2026-02-02T00:00:00.000Z', actor: 'other' };
      const again = await log.store.append(stream, [{ ...event, metadata: later }], {
        expectedRevision: 'noStream',
      });
      expect(again).toEqual({ ...first, replayed: true });
    });

    const others: [string, Partial<NewEvent>][] = [
      ['data', { data: { n: 2 } }],
      ['type', { type: 'OtherThingHappened' }],
      ['schema version', { schemaVersion: 2 }],
      ['kind of data', { data: Buffer.from('{"n":1}') }],
    ];
    const otherBytes: [string, Buffer][] = [
      ['content', Buffer.from('uno')],
      ['length', Buffer.from('ones')],
      ['nothing in them', Buffer.alloc(0)],
    ];

    it.each(others)('with another %s is refused, and says where its ids are', async (_, other) => {
      const stream = newStream();
      const [before, event] = [newEvent({ n: 0 }), newEvent({ n: 1 })];
      const first = await log.store.append(stream, [before, event], { expectedRevision: 'any' });
      const head = await log.store.head();
      for (const store of [log.store, await log.subject.reopen()]) {
        const again = store.append(stream, [before, { ...event, ...other }], {
          expectedRevision: 'any',
        });
        await expect(again).rejects.toThrow(RepeatDiffers);
        await expect(again).rejects.toMatchObject({
          streamId: stream,
          firstRevision: 0,
          position: first.position,
        });
      }
      expect(await log.store.head()).toBe(head);
    });

    it('of the same bytes answers the first result', async () => {
      const stream = newStream();
      const event = newEvent(Buffer.from('one'));
      const first = await log.store.append(stream, [event], { expectedRevision: 'any' });
      for (const store of [log.store, await log.subject.reopen()]) {
        // Bytes of their own, which only say the same.
        const copy = { ...event, data: Uint8Array.from(Buffer.from('one')) };
        const again = await store.append(stream, [copy], { expectedRevision: 'any' });
        expect(again).toEqual({ ...first, replayed: true });
      }
    });

    it.each(otherBytes)('of bytes with another %s is refused', async (_, data) => {
      const stream = newStream();
      const event = newEvent(Buffer.from('one'));
      const first = await log.store.append(stream, [event], { expectedRevision: 'any' });
      for (const store of [log.store, await log.subject.reopen()]) {
        const again = store.append(stream, [{ ...event, data }], { expectedRevision: 'any' });
        await expect(again).rejects.toThrow(RepeatDiffers);
        await expect(again).rejects.toMatchObject({ firstRevision: 0, position: first.position });
      }
      expect(await log.store.readStream(stream)).toHaveLength(1);
    });

    it('of which each has another content, by two at once: one wins, the other is refused', async () => {
      const stream = newStream();
      await log.append(stream, 'noStream', { n: 0 });
      const one = log.store;
      const two = await log.subject.reopen();
      // Both look where the stream ends.
      for (const store of [one, two]) {
        const late = store.append(stream, [newEvent()], { expectedRevision: 'noStream' });
        await expect(late).rejects.toThrow(RevisionConflict);
      }
      const event = newEvent({ by: 'one' });
      const outcomes = await Promise.allSettled([
        one.append(stream, [event], { expectedRevision: 0 }),
        two.append(stream, [{ ...event, data: { by: 'two' } }], { expectedRevision: 0 }),
      ]);
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(lost.map(({ reason }) => (reason as Error).name)).toEqual(['RepeatDiffers']);
      for (const store of [one, two])
        await store.append(stream, [newEvent()], { expectedRevision: 'any' });
      expect(await log.store.readStream(stream)).toHaveLength(4);
      expect((await log.store.verify()).faults).toEqual([]);
    });

    it('that overlaps only partly is refused', async () => {
      const stream = newStream();
      const known = newEvent();
      await log.store.append(stream, [known], { expectedRevision: 'any' });
      await expect(
        log.store.append(stream, [known, newEvent()], { expectedRevision: 'any' }),
      ).rejects.toThrow(PartialRetry);
      await expect(
        log.store.append(newStream(), [known], { expectedRevision: 'any' }),
      ).rejects.toThrow(PartialRetry);
    });
  });
}
