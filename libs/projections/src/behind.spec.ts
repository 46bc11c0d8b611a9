import type { AppliedBatch } from './runner-options.js';
import {
  added,
  append,
  eventually,
  gate,
  readThrough,
  tally,
  tallyWorld,
  totals,
} from './tally.fixture.js';

const world = tallyWorld();

const EVENTS = 12;
const TOTAL = 66;
/** What an event without bytes of its own weighs. */
const EVENT_BYTES = 1_024;

/** Amounts from 0 on, so that the total tells how many of them were counted. */
const appendAll = async (): Promise<void> => {
  for (let at = 0; at < EVENTS; at += 1) await append(world.store, 'adder-1', added('a', at));
};

describe('a shard that is behind', () => {
  it('takes several pages into a transaction, as far as their bytes allow', async () => {
    const done: (number | 'flush')[] = [];
    await appendAll();
    const one = world.engine({
      projections: [
        tally({
          after: (events) => void done.push(events.length),
          flush: () => void done.push('flush'),
        }),
      ],
      limits: { batchEvents: 2, behindBytes: 5 * EVENT_BYTES },
    });
    await one.start();
    expect(await one.waitFor('all', EVENTS, 5_000)).toBe(true);
    expect(done).toEqual([2, 2, 'flush', 2, 2, 'flush', 2, 2, 'flush']);
    expect(await totals(world.database)).toEqual({ a: TOTAL });
  });

  it('ends a transaction that takes long', async () => {
    const applied: AppliedBatch[] = [];
    await appendAll();
    const one = world.engine({
      onApplied: (batch) => applied.push(batch),
      limits: { batchEvents: 2, behindMs: 0 },
    });
    await one.start();
    expect(await one.waitFor('all', EVENTS, 5_000)).toBe(true);
    expect(applied.map(({ events }) => events)).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it('applies all before an event that cannot be, whichever page it is on', async () => {
    const faults: number[] = [];
    await appendAll();
    const before = ({ position }: { position: number }): void => {
      if (position === 8) throw new Error('no such shape');
    };
    const one = world.engine({
      projections: [tally({ before })],
      onFault: ({ position }) => faults.push(position),
      limits: { batchEvents: 3 },
    });
    await one.start();
    await eventually(() => faults.length > 0);
    expect(faults).toEqual([8]);
    expect(await totals(world.database)).toEqual({ a: 21 });
  });

  it('stores what it has taken in when the next page cannot be read, and reads it again', async () => {
    const applied: AppliedBatch[] = [];
    const retried: string[] = [];
    await appendAll();
    let failures = 1;
    const store = readThrough(world.store, ({ after }) => {
      if (after !== 4 || failures === 0) return;
      failures -= 1;
      throw new TypeError('no page today');
    });
    const one = world.engine({
      store,
      onApplied: (batch) => applied.push(batch),
      onRetry: ({ error }) => retried.push(String(error)),
      limits: { batchEvents: 2 },
    });
    await one.start();
    expect(await one.waitFor('all', EVENTS, 5_000)).toBe(true);
    expect(applied.map(({ events }) => events)).toEqual([4, 8]);
    expect(retried).toEqual(['TypeError: no page today']);
    expect(await totals(world.database)).toEqual({ a: TOTAL });
  });

  it('stores what it has taken in when it is stopped', async () => {
    const door = gate();
    await appendAll();
    const before = async ({ position }: { position: number }): Promise<void> => {
      if (position !== 3) return;
      door.reach();
      await door.opened;
    };
    const one = world.engine({ projections: [tally({ before })], limits: { batchEvents: 2 } });
    await one.start();
    await door.reached;
    const stopped = one.stop();
    door.open();
    await stopped;
    expect(await totals(world.database)).toEqual({ a: 6 });
    const next = world.engine();
    await next.start();
    expect(await next.waitFor('all', EVENTS, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: TOTAL });
  });
});
