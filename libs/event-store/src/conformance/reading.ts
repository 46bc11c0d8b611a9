import { createHash, randomUUID } from 'node:crypto';
import type { EventStore, ReadAllOptions, RecordedEvent } from '../event-store.js';
import { appendBytesOf, type LogUnderTest } from './log-under-test.js';
import { newEvent, newStream } from './new-event.js';

/** Bytes of the largest events that are read back, where the store takes that many. */
const LARGE = 1_048_576;

/** What is read of streams and of the log. */
export function describeReading(log: LogUnderTest): void {
  describe('reading a stream', () => {
    it('gives a page forwards or backwards from a revision', async () => {
      const stream = newStream();
      await log.append(stream, 'any', { n: 0 }, { n: 1 }, { n: 2 }, { n: 3 });
      const revisions = async (options: Parameters<EventStore['readStream']>[1]) =>
        (await log.store.readStream(stream, options)).map(({ revision }) => revision);
      expect(await revisions({})).toEqual([0, 1, 2, 3]);
      expect(await revisions({ from: 1, limit: 2 })).toEqual([1, 2]);
      expect(await revisions({ direction: 'backwards', limit: 2 })).toEqual([3, 2]);
      expect(await revisions({ direction: 'backwards', from: 1 })).toEqual([1, 0]);
      expect(await revisions({ from: 9 })).toEqual([]);
      expect(await log.store.readStream(newStream())).toEqual([]);
    });

    it('gives several streams in the order they are asked for, each from its revision', async () => {
      const [one, other] = [newStream(), newStream()];
      await log.append(one, 'any', { n: 0 }, { n: 1 });
      await log.append(other, 'any', { n: 2 }, { n: 3 }, { n: 4 });
      await log.append(one, 'any', { n: 5 });
      const read = await log.store.readStreams([
        { streamId: other, from: 1 },
        { streamId: newStream() },
        { streamId: one },
        { streamId: other, from: 3 },
        { streamId: one, from: 2 },
      ]);
      const told = read.map((events) => events.map(({ data, revision }) => [data, revision]));
      expect(told).toEqual([
        [
          [{ n: 3 }, 1],
          [{ n: 4 }, 2],
        ],
        [],
        [
          [{ n: 0 }, 0],
          [{ n: 1 }, 1],
          [{ n: 5 }, 2],
        ],
        [],
        [[{ n: 5 }, 2]],
      ]);
      expect(read[4]).toEqual(await log.store.readStream(one, { from: 2 }));
      expect(await log.store.readStreams([])).toEqual([]);
    });

    it('gives back what was appended: unicode, escapes, exact decimals, bytes, much at once', async () => {
      const stream = newStream();
      const data = {
        text: 'Zürich — 東京 🚖 \u0000 \\ "quoted"',
        amount: '12345678901234567890.123456789012345678',
        deep: { list: [1, -0.5, 1e21, true, null, ''] },
      };
      const size = Math.min(LARGE, Math.floor(appendBytesOf(log) * 0.45));
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
      await log.store.append(stream, sent, { expectedRevision: 'noStream' });
      const read = await (await log.subject.reopen()).readStream(stream);
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
      const start = await log.store.head();
      for (let n = 0; n < 25; n += 1) await log.append(stream, 'any', { n });
      const seen: number[] = [];
      let after = start;
      for (;;) {
        const page = await log.store.readAll({ after, limit: 7 });
        if (page.position === after) break;
        expect(page.events.length).toBeLessThanOrEqual(7);
        seen.push(...page.events.map(({ position }) => position));
        after = page.position;
      }
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(new Set(seen).size).toBe(25);
    });

    it('gives single events that were read before, each once, in order', async () => {
      const stream = newStream();
      const start = await log.store.head();
      for (let n = 0; n < 20; n += 1) await log.append(stream, 'any', { n });
      const { events } = await log.store.readAll({ after: start });
      const wanted = [17, 2, 5, 5, 11, 3, 7, 13, 0, 19, 18].map((n) => events[n]!.position);
      const read = await log.store.readAt(wanted);
      expect(read).toEqual([0, 2, 3, 5, 7, 11, 13, 17, 18, 19].map((n) => events[n]!));
      expect(await log.store.readAt([])).toEqual([]);
    });

    it('passes by type, prefix and suffix, any clause of several, to who wrote it and to others', async () => {
      const start = await log.store.head();
      const mark = randomUUID();
      const put = (stream: string, type: string) =>
        log.store.append(stream, [newEvent({}, { type })], { expectedRevision: 'any' });
      await put(`usage-${mark}-1`, 'Counted');
      await put(`usage-${mark}-11`, 'Counted');
      await put(`usage-${mark}-2`, 'Counted');
      await put(`meter-${mark}`, 'Defined');
      await put(`other-${mark}`, 'Nothing');
      for (const store of [log.store, await log.subject.reopen()]) {
        const read = async (filter: Filter) =>
          (await store.readAll({ after: start, filter })).events.map(({ streamId }) =>
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
        expect(await read([])).toEqual([]);
        expect(await read([{ types: ['Absent'] }])).toEqual([]);
        const nothing = await store.readAll({ after: start, filter: [{ types: ['Absent'] }] });
        expect(nothing.position).toBe(await store.head());
      }
    });

    it.each([
      ['a quote', "o'brien"],
      ['quotes that would end a statement', "x'); DROP TABLE odometer.events; --"],
      ['a backslash', 'back\\slash'],
      ['a parameter', 'a$1::text'],
      ['a wildcard', '100%_'],
      ['other letters', 'Zürich東京🚖'],
    ])('takes texts of a filter for what they are: %s', async (_, text) => {
      const start = await log.store.head();
      const mark = `${text}-${randomUUID()}`;
      const put = (stream: string, type: string) =>
        log.store.append(stream, [newEvent({}, { type })], { expectedRevision: 'any' });
      await put(`${mark}-a`, 'Counted');
      await put(`a-${randomUUID()}-${text}`, `Counted ${text}`);
      await put(`a-${randomUUID()}-b`, 'Counted');
      const store = await log.subject.reopen();
      const read = async (filter: Filter) =>
        (await store.readAll({ after: start, filter })).events.map(({ position }) => position);
      const positions = (await store.readAll({ after: start })).events.map(
        ({ position }) => position,
      );
      expect(await read([{ streamPrefix: mark }])).toEqual([positions[0]]);
      expect(await read([{ streamSuffix: `-${text}` }])).toEqual([positions[1]]);
      expect(await read([{ types: [`Counted ${text}`] }])).toEqual([positions[1]]);
      expect(await read([{ types: ['Counted'], streamPrefix: mark }])).toEqual([positions[0]]);
    });

    it('gives through a filter the very events of the log: many bytes, none, and JSON on one page', async () => {
      const start = await log.store.head();
      const size = Math.min(LARGE, Math.floor(appendBytesOf(log) * 0.9));
      const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 37) & 255));
      const metadata = {
        tenant: 'zürich',
        recordedAt: '2026-01-01T00:00:00.000Z',
        actor: 'key_1',
        reason: '東京 🚖 \u0000 \\ "quoted" \n',
      };
      const types = ['Mixed', 'MixedToo'];
      const sent = [
        newEvent(bytes, { type: 'Mixed', schemaVersion: 2 }),
        newEvent({ text: 'Zürich — 東京 🚖 \u0000', list: [1, 1e21, null] }, { type: 'MixedToo' }),
        newEvent(Buffer.alloc(0), { type: 'Mixed' }),
        newEvent({}, { type: 'Between' }),
        newEvent(Buffer.from([0]), { type: 'Mixed', metadata }),
        newEvent({}, { type: 'MixedToo', metadata }),
      ];
      const streams = sent.map((_, n) => newStream(`mixed${n}`));
      for (const [n, event] of sent.entries()) {
        await log.store.append(streams[n]!, [event], { expectedRevision: 'noStream' });
      }
      const store = await log.subject.reopen();
      const read = await allOf(store, { after: start, filter: [{ types }] });
      const wanted = [0, 1, 2, 4, 5];
      expect(read.map(({ eventId }) => eventId)).toEqual(wanted.map((n) => sent[n]!.eventId));
      expect(read.map(({ streamId }) => streamId)).toEqual(wanted.map((n) => streams[n]));
      expect(Buffer.compare(Buffer.from(read[0]!.data as Uint8Array), bytes)).toBe(0);
      expect(read[1]!.data).toEqual(sent[1]!.data);
      expect((read[2]!.data as Uint8Array).length).toBe(0);
      expect(read[3]).toMatchObject({ metadata, data: sent[4]!.data });
      expect(read[4]).toMatchObject({ metadata, data: {}, revision: 0, schemaVersion: 1 });
      const unfiltered = await allOf(store, { after: start });
      const same = unfiltered.filter(({ type }) => types.includes(type));
      expect(read.map(told)).toEqual(same.map(told));
    });
  });
}

type Filter = NonNullable<ReadAllOptions['filter']>;

/** To compare a megabyte byte by byte would take seconds. */
const told = ({ data, ...event }: RecordedEvent): object => ({
  ...event,
  data: data instanceof Uint8Array ? createHash('sha256').update(data).digest('hex') : data,
});

async function allOf(store: EventStore, options: ReadAllOptions): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  let { after } = options;
  for (;;) {
    const page = await store.readAll({ ...options, after });
    if (page.position === after) return events;
    events.push(...page.events);
    after = page.position;
  }
}
