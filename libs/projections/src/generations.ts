import type pg from 'pg';
import { sqlOf, withClient } from './apply-batch.js';
import { pause } from './faults.js';
import type { Db, ProjectionRow } from './ledger.js';
import { schemaOf, type Projection } from './projection.js';

export const nextSchemaOf = (name: string): string => `${schemaOf(name)}__next`;
const oldSchemaOf = (name: string): string => `${schemaOf(name)}__old`;

export const schemaFor = (name: string, target: 'live' | 'next'): string =>
  target === 'live' ? schemaOf(name) : nextSchemaOf(name);

/** A process that freezes while it makes or drops schemas holds locks that all others need: the server ends its transaction then. */
const FROZEN_MS = 10_000;

/** Serialises everything that creates, drops or renames schemas of projections, across processes. */
const SCHEMA_LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('odometer.projections', 0))`;

export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  return withClient(pool, async (client) => {
    await client.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${FROZEN_MS}`);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}

export async function lockProjection(client: Db, name: string): Promise<ProjectionRow | null> {
  const { rows } = await client.query<ProjectionRow>(
    `SELECT name, version, generation, next_version AS "nextVersion", next_generation AS "nextGeneration"
       FROM odometer.projections WHERE name = $1 FOR UPDATE`,
    [name],
  );
  return rows[0] ?? null;
}

/**
 * Makes sure that the projection exists: built from nothing when it is new, side by side when the version or the number of shards
 * is another one than the code's. A rebuild to this very version that was under way goes on.
 */
export async function ensureProjection(pool: pg.Pool, projection: Projection): Promise<void> {
  const fits = await inTransaction(pool, async (client) => {
    await client.query(SCHEMA_LOCK);
    const row = await lockProjection(client, projection.name);
    if (!row) {
      await createFirst(client, projection);
      return true;
    }
    return (
      row.version === projection.version &&
      (await countShards(client, row.name, row.generation)) === projection.shards
    );
  });
  if (!fits) await beginRebuild(pool, projection);
}

async function countShards(client: Db, name: string, generation: number): Promise<number> {
  const { rows } = await client.query<{ shards: number }>(
    `SELECT count(*)::integer AS shards FROM odometer.projection_shards WHERE name = $1 AND generation = $2`,
    [name, generation],
  );
  return rows[0]?.shards ?? 0;
}

async function createFirst(client: pg.PoolClient, projection: Projection): Promise<void> {
  const { name, version } = projection;
  await client.query(
    `INSERT INTO odometer.projections (name, version, generation, last_generation) VALUES ($1, $2, 1, 1)`,
    [name, version],
  );
  await fillSchema(client, projection, 'live');
  await insertShards(client, projection, { generation: 1, target: 'live' });
}

/** A schema that is there already belongs to no row of `projections`, so it is left over from one that was removed. */
async function fillSchema(
  client: pg.PoolClient,
  projection: Projection,
  target: 'live' | 'next',
): Promise<void> {
  const schema = schemaFor(projection.name, target);
  await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await client.query(`CREATE SCHEMA ${schema}`);
  await projection.init(sqlOf(client, schema), schema);
}

async function insertShards(
  client: Db,
  projection: Projection,
  { generation, target }: { readonly generation: number; readonly target: 'live' | 'next' },
): Promise<void> {
  await client.query(
    `INSERT INTO odometer.projection_shards (name, generation, shard, target, version)
     SELECT $1, $2, shard, $3, $4 FROM generate_series(0, $5::integer - 1) AS shard`,
    [projection.name, generation, target, projection.version, projection.shards],
  );
}

/** Starts a rebuild beside the live tables, or joins one to the same version. Answers its generation. */
export async function beginRebuild(pool: pg.Pool, projection: Projection): Promise<number> {
  const { name, version } = projection;
  const running = await inTransaction(pool, async (client) => {
    await client.query(SCHEMA_LOCK);
    const row = await lockProjection(client, name);
    if (!row) throw new Error(`projection ${name} does not exist: start the engine first`);
    if (row.nextGeneration === null) return null;
    const shards = await countShards(client, name, row.nextGeneration);
    if (row.nextVersion === version && shards === projection.shards) return row.nextGeneration;
    // Its workers are shut out first; only then, in a transaction of its own, is the schema dropped, which waits for them.
    await forgetNext(client, row);
    return null;
  });
  if (running !== null) return running;
  return inTransaction(pool, async (client) => {
    await client.query(SCHEMA_LOCK);
    const row = await lockProjection(client, name);
    if (row?.nextGeneration != null) {
      if (row.nextVersion === version) return row.nextGeneration;
      await forgetNext(client, row);
    }
    await fillSchema(client, projection, 'next');
    const { rows } = await client.query<{ generation: number }>(
      `UPDATE odometer.projections
          SET last_generation = last_generation + 1, next_generation = last_generation + 1, next_version = $2
        WHERE name = $1 RETURNING next_generation AS generation`,
      [name, version],
    );
    const generation = rows[0]?.generation;
    if (generation === undefined) throw new Error(`projection ${name} does not exist`);
    await insertShards(client, projection, { generation, target: 'next' });
    return generation;
  });
}

async function forgetNext(client: Db, row: ProjectionRow): Promise<void> {
  await client.query(`DELETE FROM odometer.projection_shards WHERE name = $1 AND generation = $2`, [
    row.name,
    row.nextGeneration,
  ]);
  await client.query(
    `UPDATE odometer.projections SET next_generation = NULL, next_version = NULL WHERE name = $1`,
    [row.name],
  );
}

export interface SwapTiming {
  readonly swapMs: number;
  readonly pollMs: number;
  /** The server ends the swap of a process that froze after this time, so that the live shards go on. */
  readonly leaseMs: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Puts a rebuild that has caught up in the place of the live tables, in one transaction. Locking the live checkpoints holds every live
 * worker at its commit; the rebuilt shards, which are not locked yet, come up to them; then both stand still and the
 * schemas are renamed. Raising the epochs shuts out all workers of before, so each learns its new schema by leasing anew.
 * False when another process is at it, or the rebuilt shards did not arrive within `swapMs`: nothing has changed then.
 */
export async function trySwap(
  pool: pg.Pool,
  row: ProjectionRow,
  timing: SwapTiming,
): Promise<boolean> {
  const { name } = row;
  const old = oldSchemaOf(name);
  await dropSchema(pool, old);
  const swapped = await withClient(pool, async (client) => {
    await client.query(
      `BEGIN; SET LOCAL lock_timeout = ${timing.swapMs}; SET LOCAL idle_in_transaction_session_timeout = ${timing.leaseMs}`,
    );
    const ready = (await lockForSwap(client, row)) && (await caughtUp(client, row, timing));
    if (ready) await swap(client, row);
    await client.query(ready ? 'COMMIT' : 'ROLLBACK');
    return ready;
  });
  if (swapped) await dropSchema(pool, old);
  return swapped;
}

async function lockForSwap(client: Db, row: ProjectionRow): Promise<boolean> {
  const { rows } = await client.query<{ free: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtextextended('odometer.projections', 0)) AS free`,
  );
  if (rows[0]?.free !== true) return false;
  const locked = await lockProjection(client, row.name);
  if (!locked || locked.nextGeneration !== row.nextGeneration) return false;
  return locked.nextGeneration !== null && locked.generation === row.generation;
}

async function caughtUp(client: Db, row: ProjectionRow, timing: SwapTiming): Promise<boolean> {
  await client.query(
    `SELECT shard FROM odometer.projection_shards WHERE name = $1 AND generation = $2 ORDER BY shard FOR UPDATE`,
    [row.name, row.generation],
  );
  const deadline = timing.now() + timing.swapMs;
  while (timing.now() < deadline && !timing.signal.aborted) {
    if (!(await nextIsBehind(client, row, ''))) {
      // Once more with the rebuilt shards locked: one that lost its lease may not have gone back, but may not move either.
      return !(await nextIsBehind(client, row, 'FOR UPDATE'));
    }
    await pause(timing.pollMs, timing.signal);
  }
  return false;
}

/** A different number of shards is compared as a whole: the slowest rebuilt one with the farthest live one. */
async function nextIsBehind(
  client: Db,
  row: ProjectionRow,
  lock: '' | 'FOR UPDATE',
): Promise<boolean> {
  const { rows } = await client.query<{ shard: number; generation: number; position: string }>(
    `SELECT shard, generation, position FROM odometer.projection_shards WHERE name = $1 ORDER BY generation, shard ${lock}`,
    [row.name],
  );
  const live = rows.filter((slot) => slot.generation === row.generation);
  const next = rows.filter((slot) => slot.generation === row.nextGeneration);
  const farthest = Math.max(0, ...live.map((slot) => Number(slot.position)));
  const same = live.length === next.length;
  return next.some((slot) => {
    const goal = same
      ? Number(live.find(({ shard }) => shard === slot.shard)?.position ?? farthest)
      : farthest;
    return Number(slot.position) < goal;
  });
}

async function swap(client: Db, row: ProjectionRow): Promise<void> {
  const { name } = row;
  await client.query(`
    ALTER SCHEMA ${schemaOf(name)} RENAME TO ${oldSchemaOf(name)};
    ALTER SCHEMA ${nextSchemaOf(name)} RENAME TO ${schemaOf(name)}`);
  await client.query(`DELETE FROM odometer.projection_shards WHERE name = $1 AND generation = $2`, [
    name,
    row.generation,
  ]);
  await client.query(
    `UPDATE odometer.projection_shards
        SET target = 'live', epoch = epoch + 1, owner = NULL, lease_until = NULL WHERE name = $1`,
    [name],
  );
  await client.query(
    `UPDATE odometer.projections SET version = next_version, generation = next_generation,
            next_version = NULL, next_generation = NULL WHERE name = $1`,
    [name],
  );
}

/** Waits for readers of the dropped tables, but not for ever; what is left is dropped before the next swap. */
async function dropSchema(pool: pg.Pool, schema: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = '10s'`);
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  });
}
