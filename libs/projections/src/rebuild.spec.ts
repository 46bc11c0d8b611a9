import { beginRebuild } from './generations.js';
import { readProjections } from './ledger.js';
import {
  added,
  append,
  dump,
  eventually,
  gate,
  tally,
  tallyWorld,
  totals,
} from './tally.fixture.js';
import { trySwap } from './swap.js';

const world = tallyWorld();

const projectionRow = async (): Promise<unknown> =>
  (await world.database.pool.query(`SELECT version, generation, state FROM odometer.projections`))
    .rows[0];

const schemas = async (): Promise<string[]> => {
  const { rows } = await world.database.pool.query<{ nspname: string }>(
    `SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'rm\\_%' ORDER BY 1`,
  );
  return rows.map(({ nspname }) => nspname);
};

/** Appends until told to stop; answers how many. */
function writer(shards: number): { stop(): Promise<number> } {
  let going = true;
  const done = (async () => {
    let count = 0;
    for (; going; count += 1) {
      await append(world.store, `adder-${count % shards}`, added(`k${count % 7}`, count));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return count;
  })();
  return {
    stop: () => {
      going = false;
      return done;
    },
  };
}

describe('a rebuild', () => {
  it('ends, while writers append, in tables equal to the live ones', async () => {
    const projections = [tally({ shards: 4 })];
    const one = world.engine({ projections });
    await one.start();
    const writing = writer(4);
    await eventually(async () => (await world.store.head()) > 30);
    await one.rebuild('tally');
    await one.rebuild('tally');
    const count = await writing.stop();
    expect(await one.waitFor('all', count, 10_000)).toBe(true);
    expect(await projectionRow()).toEqual({ version: 1, generation: 3, state: 'live' });
    await eventually(async () => (await schemas()).length === 1);
    const rebuilt = await dump(world.database);
    await one.stop();

    await world.database.pool.query(`DELETE FROM odometer.projections`);
    const anew = world.engine({ owner: 'b', projections });
    await anew.start();
    expect(await anew.waitFor('all', count, 10_000)).toBe(true);
    expect(await dump(world.database)).toBe(rebuilt);
    const keys = Object.values(await totals(world.database));
    expect(keys.reduce((sum, total) => sum + total, 0)).toBe((count * (count - 1)) / 2);
  });

  it('leaves the live tables readable, and following, until the swap', async () => {
    const door = gate();
    let applies = 0;
    const before = async (
      _: unknown,
      sql: { query: (text: string) => Promise<{ rows: unknown[] }> },
    ): Promise<void> => {
      const { rows } = await sql.query(
        `SELECT to_regclass('rm_tally__next.seen') IS NOT NULL AS next`,
      );
      const [row] = rows as { next: boolean }[];
      applies += 1;
      if (row?.next === true && applies === 3) {
        door.reach();
        await door.opened;
      }
    };
    await append(world.store, 'adder-1', added('a', 1), added('a', 2));
    const one = world.engine({ projections: [tally({ before })] });
    await one.start();
    await one.waitFor('all', 2, 5_000);
    const rebuilt = one.rebuild('tally');
    await door.reached;
    const position = await append(world.store, 'adder-1', added('a', 10));
    expect(await one.waitFor('all', position, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 13 });
    expect((await one.status()).projections[0]?.rebuilding).toEqual({ version: 1, generation: 2 });
    door.open();
    await rebuilt;
    expect(await totals(world.database)).toEqual({ a: 13 });
  });

  it('starts by itself when the code has another version', async () => {
    await append(world.store, 'adder-1', added('a', 1));
    const old = world.engine();
    await old.start();
    await old.waitFor('all', 1, 5_000);
    await old.stop();
    const swapped: unknown[] = [];
    const young = world.engine({
      owner: 'b',
      projections: [tally({ version: 2 })],
      onSwapped: (it) => swapped.push(it),
    });
    await young.start();
    await eventually(() => swapped.length > 0);
    expect(swapped).toEqual([{ name: 'tally', generation: 2 }]);
    expect(await projectionRow()).toEqual({ version: 2, generation: 2, state: 'live' });
    expect(
      await young.waitFor('all', await append(world.store, 'adder-1', added('a', 5)), 5_000),
    ).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 6 });
  });

  it('starts by itself when the number of shards is another one', async () => {
    for (let at = 0; at < 6; at += 1) await append(world.store, `adder-${at % 3}`, added('a', 1));
    const old = world.engine({ projections: [tally({ shards: 1 })] });
    await old.start();
    await old.waitFor('all', 6, 5_000);
    await old.stop();
    const young = world.engine({ owner: 'b', projections: [tally({ shards: 3 })] });
    await young.start();
    await eventually(async () => (await young.status()).projections[0]?.shards.length === 3);
    expect(await young.waitFor('all', 6, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 6 });
  });

  it.each([
    ['goes on after a stop in the middle', 2, 2],
    ['gives way to a newer version', 3, 3],
  ])('%s', async (_, version, generation) => {
    const door = gate();
    const before = async ({ position }: { position: number }): Promise<void> => {
      if (position !== 2) return;
      door.reach();
      await door.opened;
    };
    await append(world.store, 'adder-1', added('a', 1), added('a', 2), added('a', 4));
    const old = world.engine();
    await old.start();
    await old.waitFor('all', 3, 5_000);
    await old.stop();
    const limits = { batchEvents: 1, swapLag: 0 };
    const halfway = world.engine({
      owner: 'b',
      projections: [tally({ version: 2, before })],
      limits,
    });
    await halfway.start();
    await door.reached;
    const stopped = halfway.stop();
    door.open();
    await stopped;
    expect(await projectionRow()).toEqual({ version: 1, generation: 1, state: 'rebuilding' });
    expect(await totals(world.database)).toEqual({ a: 7 });

    const resumed = world.engine({ owner: 'c', projections: [tally({ version })] });
    await resumed.start();
    await eventually(async () => (await resumed.status()).projections[0]?.version === version);
    expect(await projectionRow()).toEqual({ version, generation, state: 'live' });
    expect(await resumed.waitFor('all', 3, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 7 });
  });

  it('reports a fault of its own, and the live tables serve on', async () => {
    let bad = false;
    const one = world.engine({
      projections: [
        tally({
          before: () => {
            if (bad) throw new Error('no such shape');
          },
        }),
      ],
    });
    await append(world.store, 'adder-1', added('a', 1));
    await one.start();
    await one.waitFor('all', 1, 5_000);
    bad = true;
    await expect(one.rebuild('tally')).rejects.toThrow(
      'shard 0 of tally stopped: Added at 1: no such shape',
    );
    expect((await one.status()).faulted).toBe(false);
    expect(await totals(world.database)).toEqual({ a: 1 });
  });

  it('replaces live tables that stopped at a fault', async () => {
    let bad = true;
    const before = ({ position }: { position: number }): void => {
      if (bad && position === 2) throw new Error('no such shape');
    };
    await append(world.store, 'adder-1', added('a', 1), added('a', 2));
    const faults: unknown[] = [];
    const one = world.engine({
      projections: [tally({ before })],
      onFault: (fault) => faults.push(fault),
    });
    await one.start();
    await eventually(() => faults.length > 0);
    bad = false;
    await one.rebuild('tally');
    expect(await one.waitFor('all', 2, 5_000)).toBe(true);
    expect((await one.status()).faulted).toBe(false);
    expect(await totals(world.database)).toEqual({ a: 3 });
  });

  it('does not disturb prepared statements of readers', async () => {
    await append(world.store, 'adder-1', added('a', 1));
    const one = world.engine();
    await one.start();
    await one.waitFor('all', 1, 5_000);
    const reader = await world.database.pool.connect();
    const read = async () =>
      (
        await reader.query<{ total: string }>({
          name: 'read',
          text: `SELECT total FROM rm_tally.totals`,
        })
      ).rows;
    const before = await read();
    await one.rebuild('tally');
    await one.waitFor('all', await append(world.store, 'adder-1', added('a', 4)), 5_000);
    const after = await read();
    reader.release();
    expect([before, after]).toEqual([[{ total: '1' }], [{ total: '5' }]]);
  });

  it('does not wait for readers of the tables of before, which are dropped when they have gone', async () => {
    await append(world.store, 'adder-1', added('a', 1));
    const one = world.engine();
    await one.start();
    await one.waitFor('all', 1, 5_000);
    const reader = await world.database.pool.connect();
    await reader.query(`BEGIN; SELECT * FROM rm_tally.totals`);
    await one.rebuild('tally');
    expect(await schemas()).toEqual(['rm_tally', 'rm_tally__old']);
    await reader.query('COMMIT');
    reader.release();
    await eventually(async () => (await schemas()).length === 1);
  });

  it('drops what a process that died after its swap has left', async () => {
    await world.database.pool.query(`CREATE SCHEMA rm_tally__old CREATE TABLE totals (n int)`);
    await world.engine().start();
    await eventually(async () => (await schemas()).length === 1);
    expect(await schemas()).toEqual(['rm_tally']);
  });

  it('survives kills of connections at any moment', async () => {
    const projections = [tally({ shards: 2 })];
    for (let at = 0; at < 60; at += 1)
      await append(world.store, `adder-${at % 2}`, added(`k${at % 5}`, at));
    const one = world.engine({ projections, limits: { batchEvents: 2 } });
    await one.start();
    await one.waitFor('all', 60, 10_000);
    const expected = await dump(world.database);
    let going = true;
    const killing = (async () => {
      while (going) {
        await world.database.pool
          .query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid() AND query !~ 'pg_terminate' AND random() < 0.3`,
          )
          .then(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
    const rebuilding = one.rebuild('tally').then(
      () => 'swapped',
      (error: Error) => error.message,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    going = false;
    await killing;
    await rebuilding;
    await eventually(async () => ((await projectionRow()) as { state: string }).state === 'live');
    expect(await one.waitFor('all', 60, 10_000)).toBe(true);
    expect(await dump(world.database)).toBe(expected);
  });
});

describe('a process that freezes in the middle of a swap', () => {
  it('holds the live shards no longer than a lease', async () => {
    const one = world.engine();
    await one.start();
    await append(world.store, 'adder-1', added('a', 1));
    expect(await one.waitFor('all', 1, 5_000)).toBe(true);
    await one.stop();
    await beginRebuild(world.database.pool, tally());
    const [row] = await readProjections(world.database.pool);
    // The rebuilt shard never comes up, and the process sleeps between two looks far longer than its lease.
    const timing = { swapMs: 60_000, pollMs: 1_500, leaseMs: 200, now: () => performance.now() };
    const swap = trySwap(world.database.pool, row!, {
      ...timing,
      signal: new AbortController().signal,
    });
    const ended = expect(swap).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedAt = performance.now();
    await world.database.pool.query(`UPDATE odometer.projection_shards SET position = position`);
    expect(performance.now() - startedAt).toBeLessThan(1_300);
    await ended;
  });
});
