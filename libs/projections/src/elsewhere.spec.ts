import type { EventStore } from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import type { TestDatabase } from '@odometer/testing';
import type { ProjectionEngine } from './engine.js';
import { added, append, engineOf, eventually, migrated, tally, totals } from './tally.fixture.js';

describe('two engines in one process', () => {
  let database: TestDatabase;
  let store: EventStore;
  let asked: ProjectionEngine;
  let working: ProjectionEngine;

  beforeEach(async () => {
    database = await migrated();
    store = createInMemoryEventStore();
    const { pool } = database;
    // Nobody who only looks at the table would hear of anything in time.
    const limits = { pollMs: 60_000 };
    asked = engineOf({ pool, store, projections: [tally()], working: [], owner: 'asked', limits });
    const tell = (): void => asked.hear('working', working.held());
    working = engineOf({ pool, store, projections: [tally()], owner: 'working', onMoved: tell });
    await asked.start();
  });

  afterEach(async () => {
    await Promise.all([working.stop(), asked.stop()]);
    await store.close();
    await database.drop();
  });

  it('leave the shards to the one that takes them', async () => {
    await append(store, 'adder-1', added('a', 1));
    expect(await asked.waitFor('all', 1, 300)).toBe(false);
    expect(asked.reached('tally')).toBeNull();
    expect(asked.held()).toEqual([]);
  });

  it('know of each other what they have been told', async () => {
    await working.start();
    const position = await append(store, 'adder-1', added('a', 1), added('b', 2));
    expect(await asked.waitFor('all', position, 5_000)).toBe(true);
    expect(await totals(database)).toEqual({ a: 1, b: 2 });
    expect(asked.reached('tally')).toBe(position);
    expect((await asked.status()).lag).toBe(0);
  });

  it('forget what is no longer held', async () => {
    await working.start();
    const position = await append(store, 'adder-1', added('a', 1));
    await asked.waitFor('all', position, 5_000);
    await working.stop();
    asked.hear('working', working.held());
    expect(asked.reached('tally')).toBeNull();
  });

  it('rebuild for each other, without waiting for a tick', async () => {
    const never = { tickMs: 60_000, rebuildTickMs: 60_000 };
    const { pool } = database;
    const parts = { pool, store, projections: [tally({ shards: 2 })], limits: never };
    const folding = [1, 2].map((n) => engineOf({ ...parts, owner: `folding ${n}` }));
    const begun = engineOf({ ...parts, working: [], owner: 'begun here' });
    const all = [begun, ...folding];
    for (const engine of all) {
      engine.onNews(() => all.forEach((other) => other === engine || other.look()));
      await engine.start();
    }
    for (let n = 0; n < 4; n += 1) await append(store, `adder-${n % 2}`, added('a', 1));
    // The shards are two now, which is a rebuild of its own.
    await eventually(async () => (await begun.status()).projections[0]?.generation === 2);
    await begun.rebuild('tally');
    const [rebuilt] = (await begun.status()).projections;
    expect(rebuilt!.generation).toBe(3);
    expect(rebuilt!.shards.map(({ position }) => position)).toEqual([4, 4]);
    expect(await totals(database)).toEqual({ a: 4 });
    await Promise.all(all.map((engine) => engine.stop()));
  });
});
