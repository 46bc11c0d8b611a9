import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';
import { added, append, eventually, gate, tally, tallyWorld, totals } from './tally.fixture.js';

const world = tallyWorld();

const owners = async (): Promise<(string | null)[]> => {
  const { rows } = await world.database.pool.query<{ owner: string | null }>(
    `SELECT owner FROM odometer.projection_shards ORDER BY shard`,
  );
  return rows.map(({ owner }) => owner);
};

/** A relay to the database that can be cut, as when a machine dies or freezes, and joined again. */
async function cable(): Promise<{
  pool: pg.Pool;
  cut(): void;
  join(): void;
  close(): Promise<void>;
}> {
  const target = new URL(world.database.url);
  const sockets = new Set<Socket>();
  let open = true;
  const relay = createServer((inner) => {
    if (!open) {
      inner.destroy();
      return;
    }
    const outer = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const url = new URL(world.database.url);
  url.port = String((relay.address() as AddressInfo).port);
  const pool = new pg.Pool({ connectionString: url.href, max: 8 });
  return {
    pool,
    cut: () => {
      open = false;
      for (const socket of sockets) socket.destroy();
    },
    join: () => void (open = true),
    close: async () => {
      await pool.end();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}

describe('a lease', () => {
  it('that is stolen between apply and commit takes the rows with it', async () => {
    const door = gate();
    let first = true;
    const after = async (): Promise<void> => {
      if (!first) return;
      first = false;
      door.reach();
      await door.opened;
    };
    const one = world.engine({ projections: [tally({ after })] });
    await one.start();
    await append(world.store, 'adder-1', added('a', 1));
    await door.reached;
    await world.database.pool.query(
      `UPDATE odometer.projection_shards SET owner = 'thief', epoch = epoch + 1, lease_until = clock_timestamp() + interval '300 ms'`,
    );
    door.open();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await totals(world.database)).toEqual({});
    expect(await owners()).toEqual(['thief']);
    // The thief does nothing, so its lease runs out and the shard comes back: counted once in the end.
    expect(await one.waitFor('all', 1, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 1 });
    expect(await owners()).toEqual(['a']);
  });

  it('shuts out a process that was cut off and comes back while another works', async () => {
    const line = await cable();
    const door = gate();
    const before = async (event: { position: number }): Promise<void> => {
      if (event.position !== 2) return;
      door.reach();
      await door.opened;
    };
    const limits = { leaseMs: 300 };
    const zombie = world.engine({
      pool: line.pool,
      owner: 'zombie',
      projections: [tally({ before })],
      limits,
    });
    await zombie.start();
    await append(world.store, 'adder-1', added('a', 1));
    await zombie.waitFor('all', 1, 5_000);
    await append(world.store, 'adder-1', added('a', 2));
    await door.reached;
    line.cut();
    const heir = world.engine({ owner: 'heir', limits });
    await heir.start();
    expect(await heir.waitFor('all', 2, 5_000)).toBe(true);
    expect(await owners()).toEqual(['heir']);
    line.join();
    door.open();
    const position = await append(world.store, 'adder-1', added('a', 3));
    expect(await heir.waitFor('all', position, 5_000)).toBe(true);
    expect(await zombie.waitFor('all', position, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 6 });
    expect(await owners()).toEqual(['heir']);
    await zombie.stop();
    await line.close();
  });

  it('survives a short loss of the connection', async () => {
    const line = await cable();
    const one = world.engine({ pool: line.pool });
    await one.start();
    await append(world.store, 'adder-1', added('a', 1));
    await one.waitFor('all', 1, 5_000);
    line.cut();
    const position = await append(world.store, 'adder-1', added('a', 1));
    await new Promise((resolve) => setTimeout(resolve, 150));
    line.join();
    expect(await one.waitFor('all', position, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 2 });
    await one.stop();
    await line.close();
  });

  it('is shared fairly with a process that starts, and given back when it stops', async () => {
    const projections = [tally({ shards: 5 })];
    const one = world.engine({ projections });
    await one.start();
    expect(await owners()).toEqual(['a', 'a', 'a', 'a', 'a']);
    const two = world.engine({ owner: 'b', projections });
    await two.start();
    await eventually(async () => (await owners()).filter((owner) => owner === 'b').length === 2);
    for (let at = 0; at < 20; at += 1) await append(world.store, `adder-${at % 5}`, added('a', 1));
    expect(await one.waitFor('all', 20, 5_000)).toBe(true);
    expect(await two.waitFor('all', 20, 5_000)).toBe(true);
    expect(await totals(world.database)).toEqual({ a: 20 });
    await two.stop();
    await eventually(async () => (await owners()).every((owner) => owner === 'a'));
  });
});

describe('two processes that start at once', () => {
  it('make the tables once', async () => {
    const projections = [tally({ shards: 2 }), tally({ name: 'other' })];
    await Promise.all(['a', 'b'].map((owner) => world.engine({ owner, projections }).start()));
    const { rows } = await world.database.pool.query(
      `SELECT name, generation FROM odometer.projections ORDER BY name`,
    );
    expect(rows).toEqual([
      { name: 'other', generation: 1 },
      { name: 'tally', generation: 1 },
    ]);
  });
});
