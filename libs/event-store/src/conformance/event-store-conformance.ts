import { randomUUID } from 'node:crypto';
import {
  AppendTooLarge,
  EmptyAppend,
  PartialRetry,
  RevisionConflict,
  type EventStore,
  type ExpectedRevision,
} from '../event-store.js';
import { APPEND_BYTES_MAX } from '../limits.js';
import { followUntil } from './follow.js';
import { newEvent, newStream } from './new-event.js';

export interface StoreUnderTest {
  readonly store: EventStore;
  /** Another store object on the same log, as after a restart; the same one where there is no such thing. */
  readonly reopen: () => Promise<EventStore>;
  readonly dispose: () => Promise<void>;
  /** Bytes that this store takes in one append; APPEND_BYTES_MAX unless it says otherwise. */
  readonly appendBytes?: number;
}

/** Bytes of the largest events that are read back, where the store takes that many. */
const LARGE = 1_048_576;

/** What every event store promises. `open` gives an empty log. */
export function describeEventStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} event store`, () => {
    let test: StoreUnderTest;
    let store: EventStore;

    beforeAll(async () => {
      test = await open();
      store = test.store;
    });
    afterAll(() => test.dispose());

    const appendBytes = (): number => test.appendBytes ?? APPEND_BYTES_MAX;
    const append = (stream: string, expectedRevision: ExpectedRevision, ...data: object[]) =>
      store.append(
        stream,
        data.map((one) => newEvent({ ...one })),
        { expectedRevision },
      );

    describe('appending', () => {
      it('numbers a stream from 0 and the log upwards', async () => {
        const stream = newStream();
        const first = await append(stream, 'noStream', { n: 0 }, { n: 1 });
        const second = await append(stream, 1, { n: 2 });
        expect(first).toMatchObject({ firstRevision: 0, lastRevision: 1, replayed: false });
        expect(second).toMatchObject({ firstRevision: 2, lastRevision: 2, replayed: false });
        expect(second.position).toBeGreaterThan(first.position);
        expect(await store.head()).toBe(second.position);
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
        if (state !== 'new') await append(stream, 'noStream', {}, {});
        const attempt = append(stream, expected, { late: true });
        if (outcome === 'refused') await expect(attempt).rejects.toThrow(RevisionConflict);
        else expect((await attempt).lastRevision).toBe(outcome);
      });

      it('names both revisions in a conflict', async () => {
        const stream = newStream();
        await append(stream, 'noStream', {}, {});
        await expect(append(stream, 7, {})).rejects.toMatchObject({
          streamId: stream,
          expected: 7,
          actual: 1,
        });
        await expect(append(newStream(), 'exists', {})).rejects.toMatchObject({
          expected: 'exists',
          actual: -1,
        });
      });

      it('lets one of many concurrent appends win', async () => {
        const stream = newStream();
        await append(stream, 'noStream', {});
        const attempts = await Promise.allSettled(
          Array.from({ length: 20 }, (_, n) => append(stream, 0, { n })),
        );
        expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const attempt of attempts) {
          if (attempt.status === 'rejected') {
            expect(attempt.reason).toBeInstanceOf(RevisionConflict);
            expect(attempt.reason).toMatchObject({ expected: 0, actual: 1 });
          }
        }
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('is all or nothing', async () => {
        const stream = newStream();
        const known = newEvent({ n: 1 });
        await store.append(newStream(), [known], { expectedRevision: 'any' });
        const before = await store.head();
        await expect(
          store.append(stream, [newEvent(), known, newEvent()], { expectedRevision: 'any' }),
        ).rejects.toThrow(PartialRetry);
        expect(await store.readStream(stream)).toEqual([]);
        expect(await store.head()).toBe(before);
      });

      it('refuses an append of nothing', async () => {
        await expect(store.append(newStream(), [], { expectedRevision: 'any' })).rejects.toThrow(
          EmptyAppend,
        );
      });

      it('refuses an append that is too large', async () => {
        const huge = newEvent({ text: 'x'.repeat(appendBytes()) });
        await expect(
          store.append(newStream(), [huge], { expectedRevision: 'any' }),
        ).rejects.toThrow(AppendTooLarge);
      });
    });

    describe('a retry', () => {
      it.each<ExpectedRevision>(['any', 'noStream'])(
        'of the identical append answers the first result (%s)',
        async (expectedRevision) => {
          const stream = newStream();
          const events = [newEvent({ n: 0 }), newEvent({ n: 1 })];
          const first = await store.append(stream, events, { expectedRevision });
          for (let n = 0; n < 50; n += 1) await append(stream, 'any', { n });
          const again = await store.append(stream, events, { expectedRevision });
          expect(again).toEqual({ ...first, replayed: true });
          expect(await store.readStream(stream)).toHaveLength(52);
        },
      );

      it('at the same time as the first attempt appends once', async () => {
        const stream = newStream();
        const events = [newEvent({ n: 0 }), newEvent({ n: 1 })];
        const results = await Promise.all(
          Array.from({ length: 8 }, () =>
            store.append(stream, events, { expectedRevision: 'any' }),
          ),
        );
        expect(new Set(results.map(({ position }) => position)).size).toBe(1);
        expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('that overlaps only partly is refused', async () => {
        const stream = newStream();
        const known = newEvent();
        await store.append(stream, [known], { expectedRevision: 'any' });
        await expect(
          store.append(stream, [known, newEvent()], { expectedRevision: 'any' }),
        ).rejects.toThrow(PartialRetry);
        await expect(
          store.append(newStream(), [known], { expectedRevision: 'any' }),
        ).rejects.toThrow(PartialRetry);
      });
    });

    describe('reading a stream', () => {
      it('gives a page forwards or backwards from a revision', async () => {
        const stream = newStream();
        await append(stream, 'any', { n: 0 }, { n: 1 }, { n: 2 }, { n: 3 });
        const revisions = async (options: Parameters<EventStore['readStream']>[1]) =>
          (await store.readStream(stream, options)).map(({ revision }) => revision);
        expect(await revisions({})).toEqual([0, 1, 2, 3]);
        expect(await revisions({ from: 1, limit: 2 })).toEqual([1, 2]);
        expect(await revisions({ direction: 'backwards', limit: 2 })).toEqual([3, 2]);
        expect(await revisions({ direction: 'backwards', from: 1 })).toEqual([1, 0]);
        expect(await revisions({ from: 9 })).toEqual([]);
        expect(await store.readStream(newStream())).toEqual([]);
      });

      it('gives back what was appended: unicode, escapes, exact decimals, bytes, much at once', async () => {
        const stream = newStream();
        const data = {
          text: 'Zürich — 東京 🚖 \u0000 \\ "quoted"',
          amount: '12345678901234567890.123456789012345678',
          deep: { list: [1, -0.5, 1e21, true, null, ''] },
        };
        const size = Math.min(LARGE, Math.floor(appendBytes() * 0.45));
        const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 31) & 255));
        const large = { text: 'ä'.repeat(size / 2) };
        const metadata = {
          tenant: 'default',
          recordedAt: '2026-01-01T00:00:00.000Z',
          actor: 'key_1',
          reason: 'because',
        };
        const sent = [
          newEvent(data, { metadata }),
          newEvent(bytes, { type: 'BytesKept', schemaVersion: 3 }),
          newEvent(large),
        ];
        await store.append(stream, sent, { expectedRevision: 'noStream' });
        const read = await (await test.reopen()).readStream(stream);
        expect(read.map((event) => event.eventId)).toEqual(sent.map((event) => event.eventId));
        expect(read[0]).toMatchObject({ data, metadata, type: 'ThingHappened', schemaVersion: 1 });
        expect(Buffer.compare(Buffer.from(read[1]!.data as Uint8Array), bytes)).toBe(0);
        expect(read[1]).toMatchObject({ type: 'BytesKept', schemaVersion: 3 });
        expect(read[2]!.data).toEqual(large);
      });
    });

    describe('reading the log', () => {
      it('goes on after a position, page by page, in order', async () => {
        const stream = newStream();
        const start = await store.head();
        for (let n = 0; n < 25; n += 1) await append(stream, 'any', { n });
        const seen: number[] = [];
        let after = start;
        for (;;) {
          const page = await store.readAll({ after, limit: 7 });
          if (page.position === after) break;
          expect(page.events.length).toBeLessThanOrEqual(7);
          seen.push(...page.events.map(({ position }) => position));
          after = page.position;
        }
        expect(seen).toEqual([...seen].sort((a, b) => a - b));
        expect(new Set(seen).size).toBe(25);
      });

      it('passes by type, prefix and suffix, any clause of several', async () => {
        const start = await store.head();
        const mark = randomUUID();
        const put = (stream: string, type: string) =>
          store.append(stream, [newEvent({}, { type })], { expectedRevision: 'any' });
        await put(`usage-${mark}-1`, 'Counted');
        await put(`usage-${mark}-11`, 'Counted');
        await put(`usage-${mark}-2`, 'Counted');
        await put(`meter-${mark}`, 'Defined');
        await put(`other-${mark}`, 'Nothing');
        const read = async (filter: Parameters<EventStore['readAll']>[0]['filter']) =>
          (await store.readAll({ after: start, filter: filter! })).events.map(({ streamId }) =>
            streamId.replace(mark, ''),
          );
        expect(await read([{ types: ['Counted'], streamSuffix: '-1' }])).toEqual(['usage--1']);
        expect(
          await read([
            { types: ['Counted'], streamSuffix: '-1' },
            { types: ['Defined', 'Absent'] },
          ]),
        ).toEqual(['usage--1', 'meter-']);
        expect(await read([{ streamPrefix: `usage-${mark}` }])).toEqual([
          'usage--1',
          'usage--11',
          'usage--2',
        ]);
        expect(await read([{ types: ['Absent'] }])).toEqual([]);
        const nothing = await store.readAll({ after: start, filter: [{ types: ['Absent'] }] });
        expect(nothing.position).toBe(await store.head());
      });
    });

    describe('a subscription', () => {
      it('catches up and goes on live without gap or repeat while others write', async () => {
        const start = await store.head();
        const total = 8 * 25;
        const writing = Promise.all(
          Array.from({ length: 8 }, async (_, writer) => {
            for (let n = 0; n < 25; n += 1) {
              await append(newStream(), 'any', { writer, n });
              await new Promise((resolve) => setTimeout(resolve, (writer * 7 + n * 13) % 5));
            }
          }),
        );
        const events = await followUntil(
          store,
          { after: start, limit: 10 },
          (seen) => seen.length >= total,
        );
        await writing;
        const positions = events.map(({ position }) => position);
        expect(positions).toEqual([...positions].sort((a, b) => a - b));
        expect(new Set(positions).size).toBe(total);
        expect((await store.readAll({ after: positions.at(-1)! })).events).toEqual([]);
      });

      it('resumes from its checkpoint after a restart', async () => {
        const start = await store.head();
        const stream = newStream();
        for (let n = 0; n < 10; n += 1) await append(stream, 'any', { n });
        const first = await followUntil(
          store,
          { after: start, limit: 4 },
          (seen) => seen.length >= 4,
        );
        const checkpoint = first.at(-1)!.position;
        const rest = await followUntil(
          await test.reopen(),
          { after: checkpoint },
          (seen) => seen.length >= 10 - first.length,
        );
        const n = [...first, ...rest].map(({ data }) => (data as { n: number }).n);
        expect(n).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      });

      it('ends when it is told to', async () => {
        const stop = new AbortController();
        const pages = store
          .subscribe({ after: await store.head(), signal: stop.signal })
          [Symbol.asyncIterator]();
        const next = pages.next();
        stop.abort();
        expect((await next).done).toBe(true);
      });
    });

    it('has hash chains that verify', async () => {
      const result = await store.verify();
      expect(result.faults).toEqual([]);
      expect(result.events).toBeGreaterThan(100);
    });
  });
}
