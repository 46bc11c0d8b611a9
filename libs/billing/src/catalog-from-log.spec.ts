import { randomUUID } from 'node:crypto';
import { streamIdOf, type JsonObject } from '@odometer/domain';
import type { EventStore } from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { catalogFromLog, KNOWN_METERS_MAX } from './catalog-from-log.js';

const TENANT = 'default';

const meterOf = (code: string, version: number): JsonObject => ({
  code,
  version,
  eventCode: 'calls',
  aggregation: { type: 'count' },
  groupBy: [],
});

/** A log whose `asked` tells how many streams each question was about, and how many events it answered. */
function watchedLog(): { store: EventStore; asked: [streams: number, events: number][] } {
  const store = createInMemoryEventStore();
  const asked: [number, number][] = [];
  const readStreams: EventStore['readStreams'] = async (starts) => {
    const read = await store.readStreams(starts);
    asked.push([starts.length, read.flat().length]);
    return read;
  };
  return { store: { ...store, readStreams }, asked };
}

const append = (
  store: EventStore,
  code: string,
  type: string,
  data: JsonObject,
): Promise<unknown> =>
  store.append(
    streamIdOf('meter', TENANT, code),
    [
      {
        eventId: randomUUID(),
        type,
        schemaVersion: 1,
        data,
        metadata: { tenant: TENANT, recordedAt: '2026-01-01T00:00:00.000Z' },
      },
    ],
    { expectedRevision: 'any' },
  );

const define = (store: EventStore, code: string): Promise<unknown> =>
  append(store, code, 'MeterDefined', meterOf(code, 1));

describe('meters from the log', () => {
  it('are answered in the order of their codes, null for those that were never defined', async () => {
    const { store } = watchedLog();
    await define(store, 'a');
    await define(store, 'b');
    const catalog = catalogFromLog(store);
    const meters = await catalog.meters(TENANT, ['b', 'x', 'a', 'b']);
    expect(meters.map((meter) => meter?.code ?? null)).toEqual(['b', null, 'a', 'b']);
    expect(await catalog.meters('another', ['a'])).toEqual([null]);
  });

  it('are read once, in one question, and then only what came since', async () => {
    const { store, asked } = watchedLog();
    await define(store, 'a');
    await define(store, 'b');
    const catalog = catalogFromLog(store);
    await catalog.meters(TENANT, ['a', 'b']);
    await catalog.meters(TENANT, ['a', 'b']);
    await append(store, 'b', 'MeterRevised', meterOf('b', 2));
    await catalog.meters(TENANT, ['a', 'b']);
    expect(asked).toEqual([
      [2, 2],
      [2, 0],
      [2, 1],
    ]);
  });

  it('show a revision at once, and stay when they are archived', async () => {
    const { store } = watchedLog();
    await define(store, 'a');
    const catalog = catalogFromLog(store);
    const version = async () => (await catalog.meters(TENANT, ['a']))[0]?.version;
    expect(await version()).toBe(1);
    await append(store, 'a', 'MeterRevised', meterOf('a', 2));
    expect(await version()).toBe(2);
    await append(store, 'a', 'MeterArchived', { code: 'a' });
    expect(await version()).toBe(2);
    await append(store, 'a', 'MeterDefined', meterOf('a', 3));
    expect(await version()).toBe(3);
  });

  it('are read anew when more than the limit of them are known', async () => {
    const { store, asked } = watchedLog();
    const codes = Array.from({ length: KNOWN_METERS_MAX }, (_, n) => `m${n}`);
    for (const code of codes) await define(store, code);
    const catalog = catalogFromLog(store);
    await catalog.meters(TENANT, codes.slice(1));
    await catalog.meters(TENANT, codes.slice(0, 2));
    const [first] = await catalog.meters(TENANT, ['m1']);
    expect(first).toEqual(meterOf('m1', 1));
    await catalog.meters(TENANT, ['m2']);
    expect(asked.map(([, events]) => events)).toEqual([KNOWN_METERS_MAX - 1, 1, 0, 1]);
  });
});
