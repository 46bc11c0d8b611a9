import { StoreUnavailable } from '@odometer/event-store';
import {
  createPostgresEventStore,
  eventStoreMigrations,
  migrate,
} from '@odometer/event-store/postgres';
import { createFaultProxy } from '@odometer/testing';
import pg from 'pg';
import type { ProjectionFault } from './engine-options.js';
import { added, append, eventually, gate, tally, tallyWorld, totals } from './tally.fixture.js';

const world = tallyWorld();

describe('a projection engine', () => {
  it('applies what was in the log before, and what comes after', async () => {
    await append(world.store, 'adder-1', added('a', 1), added('b', 2));
    const one = world.engine();
    await one.start();
    expect(await one.waitFor('all', 2, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 1, b: 2 });
    const position = await append(world.store, 'adder-1', added('a', 10));
    expect(await one.waitFor(['tally'], position, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 11, b: 2 });
  });

  it('reaches positions of events that do not concern it', async () => {
    const one = world.engine();
    await one.start();
    const position = await append(world.store, 'other-1', added('a', 1, 'Other'));
    expect(await one.waitFor('all', position, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({});
  });

  it('stores a position that was only passed after a while', async () => {
    const one = world.engine({ limits: { idleMs: 50 } });
    await one.start();
    await append(world.store, 'other-1', added('a', 1, 'Other'));
    await eventually(async () => {
      const { rows } = await world.database.pool.query(
        `SELECT position FROM odometer.projection_shards`,
      );
      return (rows as { position: string }[])[0]?.position === '1';
    });
  });

  it('stores a position that was only passed at once when it is far ahead', async () => {
    const one = world.engine({ limits: { idleMs: 60_000, idlePositions: 3 } });
    await one.start();
    const other = () => added('a', 1, 'Other');
    await append(world.store, 'other-1', other(), other(), other());
    await eventually(async () => {
      const { rows } = await world.database.pool.query(
        `SELECT position FROM odometer.projection_shards`,
      );
      return (rows as { position: string }[])[0]?.position === '3';
    });
  });

  it('answers false when a position is not reached in time', async () => {
    const one = world.engine();
    await one.start();
    expect(await one.waitFor('all', 1, 50)).toBe(false);
  });

  it('goes on where it stopped', async () => {
    const first = world.engine();
    await first.start();
    await append(world.store, 'adder-1', added('a', 1));
    await first.waitFor('all', 1, 5_000);
    await first.stop();
    await append(world.store, 'adder-1', added('a', 2));
    const second = world.engine({ owner: 'b' });
    await second.start();
    await second.waitFor('all', 2, 5_000);
    expect(await totals(world.database)).toEqual({ a: 3 });
  });

  it('splits the log among shards, and large pages into batches', async () => {
    const sizes: number[] = [];
    const after = (events: readonly unknown[]): void => void sizes.push(events.length);
    for (let at = 0; at < 40; at += 1) await append(world.store, `adder-${at % 4}`, added('a', at));
    const one = world.engine({
      projections: [tally({ shards: 4, after })],
      limits: { batchEvents: 3 },
    });
    await one.start();
    expect(await one.waitFor('all', 40, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 780 });
    expect(Math.max(...sizes)).toBe(3);
  });

  it('keeps batches below their bytes', async () => {
    const sizes: number[] = [];
    const after = (events: readonly unknown[]): void => void sizes.push(events.length);
    for (let at = 0; at < 6; at += 1) await append(world.store, 'adder-1', added('a', at));
    const one = world.engine({ projections: [tally({ after })], limits: { batchBytes: 2_048 } });
    await one.start();
    await one.waitFor('all', 6, 5_000);
    expect(sizes).toEqual([2, 2, 2]);
  });

  it('makes batches that take the database too long smaller, until it has caught up', async () => {
    const tried: number[] = [];
    const after = (events: readonly unknown[]): void => {
      tried.push(events.length);
      if (events.length <= 2) return;
      throw Object.assign(new Error('canceling statement due to timeout'), { code: '57014' });
    };
    const limits = { batchBytes: 8_192 };
    for (let at = 0; at < 8; at += 1) await append(world.store, 'adder-1', added('a', at));
    const one = world.engine({ projections: [tally({ after })], limits });
    await one.start();
    expect(await one.waitFor('all', 8, 5_000)).toBe(true);
    expect(tried).toEqual([8, 4, 2, 2, 2, 2]);
    expect(await totals(world.database)).toEqual({ a: 28 });
  });

  it('takes one append in several batches, each event once', async () => {
    const one = world.engine({ limits: { batchEvents: 2 } });
    await one.start();
    const position = await append(
      world.store,
      'adder-1',
      ...[1, 2, 3, 4, 5].map((by) => added('a', by)),
    );
    expect(await one.waitFor('all', position, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 15 });
  });

  it('reads the store itself when it is far behind the kept tail', async () => {
    const door = gate();
    const before = async (event: { position: number }): Promise<void> => {
      if (event.position === 1) await door.opened;
    };
    const one = world.engine({
      projections: [tally({ before })],
      limits: { tailBytes: 4_096, batchEvents: 2 },
    });
    await one.start();
    for (let at = 0; at < 50; at += 1) await append(world.store, 'adder-1', added('a', 1));
    door.open();
    expect(await one.waitFor('all', 50, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 50 });
  });

  it('waits at stop for the running transaction', async () => {
    const door = gate();
    const before = async (): Promise<void> => {
      door.reach();
      await door.opened;
    };
    const one = world.engine({ projections: [tally({ before })] });
    await one.start();
    await append(world.store, 'adder-1', added('a', 1));
    await door.reached;
    const stopped = one.stop();
    door.open();
    await stopped;
    const { rows } = await world.database.pool.query(
      `SELECT position, owner FROM odometer.projection_shards`,
    );
    expect(rows).toEqual([{ position: '1', owner: null }]);
    expect(await totals(world.database)).toEqual({ a: 1 });
  });

  it('refuses names that are no schema names, and pools that are too small', () => {
    expect(() => world.engine({ projections: [tally({ name: 'Tally; DROP' })] })).toThrow(
      'not a name',
    );
    expect(() => world.engine({ projections: [tally({ name: 'tally__next' })] })).toThrow(
      'not a name',
    );
    const pool = Object.assign(Object.create(world.database.pool), {
      options: { max: 3 },
    }) as typeof world.database.pool;
    expect(() => world.engine({ pool })).toThrow('needs 4 connections');
  });

  it('measures each batch', async () => {
    const applied: unknown[] = [];
    const one = world.engine({ onApplied: (batch) => applied.push({ ...batch, durationMs: 0 }) });
    await one.start();
    await append(world.store, 'adder-1', added('a', 1), added('a', 1));
    await one.waitFor('all', 2, 5_000);
    expect(applied).toEqual([
      { name: 'tally', shard: 0, target: 'live', events: 2, position: 2, durationMs: 0 },
    ]);
  });
});

describe('on the Postgres store', () => {
  it('two processes follow two writers, and count each event once', async () => {
    await migrate(world.database.url, eventStoreMigrations);
    const stores = [1, 2].map(() =>
      createPostgresEventStore({ pool: world.database.pool, connectionString: world.database.url }),
    );
    const projections = [tally({ shards: 4 }), tally({ name: 'other' })];
    const two = stores.map((own, at) => world.engine({ store: own, owner: `p${at}`, projections }));
    await Promise.all(two.map((one) => one.start()));
    const positions = await Promise.all(
      stores.map(async (own, writer) => {
        let position = 0;
        for (let at = 0; at < 50; at += 1) {
          position = await append(own, `adder-${writer}-${at % 4}`, added('a', at));
        }
        return position;
      }),
    );
    const last = Math.max(...positions);
    expect(last).toBe(100);
    for (const one of two) expect(await one.waitFor('all', last, 10_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 2_450 });
    await Promise.all(two.map((one) => one.stop()));
    await Promise.all(stores.map((own) => own.close()));
  });
});

describe('an event that cannot be applied', () => {
  const bad = tally({
    before: ({ position }) => {
      if (position === 3) throw new Error('no such shape');
    },
  });

  it('stops its shard right there, and nothing else', async () => {
    const faults: ProjectionFault[] = [];
    await append(world.store, 'adder-1', ...[1, 2, 3, 4].map((amount) => added('a', amount)));
    const one = world.engine({
      projections: [bad, tally({ name: 'other' })],
      onFault: (fault) => faults.push(fault),
    });
    await one.start();
    await eventually(() => faults.length > 0);
    expect(await one.waitFor(['other'], 4, 5_000)).toBe(true);
    expect(faults.map(({ name, shard, position }) => [name, shard, position])).toEqual([
      ['tally', 0, 3],
    ]);
    expect(await totals(world.database)).toEqual({ a: 3 });
    const status = await one.status();
    expect(status.faulted).toBe(true);
    expect(status.projections.find(({ name }) => name === 'tally')?.shards).toEqual([
      {
        target: 'live',
        shard: 0,
        position: 2,
        lag: 2,
        owner: 'a',
        epoch: 1,
        fault: { text: 'Added at 3: no such shape', position: 3 },
      },
    ]);
  });

  it('is tried again by the next process that starts', async () => {
    const faults: ProjectionFault[] = [];
    await append(world.store, 'adder-1', ...[1, 2, 3, 4].map((amount) => added('a', amount)));
    const one = world.engine({ projections: [bad], onFault: (fault) => faults.push(fault) });
    await one.start();
    await eventually(() => faults.length > 0);
    await one.stop();
    const mended = world.engine({ owner: 'b' });
    await mended.start();
    expect(await mended.waitFor('all', 4, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 10 });
  });
});

describe('a transient error', () => {
  it('is tried again from the checkpoint, with a new handler', async () => {
    let failures = 2;
    const retries: unknown[] = [];
    const after = async (
      _: unknown,
      sql: { query: (text: string) => Promise<unknown> },
    ): Promise<void> => {
      failures -= 1;
      if (failures >= 0) await sql.query(`SELECT pg_terminate_backend(pg_backend_pid())`);
    };
    const one = world.engine({
      projections: [tally({ after })],
      onRetry: ({ what, attempt }) => retries.push([what, attempt]),
    });
    await one.start();
    await append(world.store, 'adder-1', added('a', 1), added('a', 2));
    expect(await one.waitFor('all', 2, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 3 });
    expect(retries).toEqual([
      ['tally/0', 1],
      ['tally/0', 2],
    ]);
  });

  it('is also a log that cannot be reached while events are folded', async () => {
    let failures = 2;
    const faults: ProjectionFault[] = [];
    const before = (): void => {
      failures -= 1;
      if (failures >= 0) throw new StoreUnavailable('the log cannot be read');
    };
    const one = world.engine({
      projections: [tally({ before })],
      onFault: (fault) => faults.push(fault),
    });
    await one.start();
    await append(world.store, 'adder-1', added('a', 1), added('a', 2));
    expect(await one.waitFor('all', 2, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 3 });
    expect(faults).toEqual([]);
  });

  it('is also the silence of a connection that died: the shard goes on on another one', async () => {
    const proxy = await createFaultProxy(world.database.url);
    const connectionString = proxy.url;
    const pool = new pg.Pool({
      connectionString,
      max: 4,
      query_timeout: 300,
      connectionTimeoutMillis: 300,
    });
    const one = world.engine({ pool });
    await one.start();
    await append(world.store, 'adder-1', added('a', 1));
    expect(await one.waitFor('all', 1, 5_000)).toBe(true);
    proxy.set('black hole');
    await append(world.store, 'adder-1', added('a', 2));
    await new Promise((resolve) => setTimeout(resolve, 500));
    proxy.set('pass');
    await eventually(async () => (await totals(world.database))['a'] === 3);
    await one.stop();
    await pool.end();
    await proxy.close();
  });
});
