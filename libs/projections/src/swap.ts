import type pg from 'pg';
import { withClient } from './apply-batch.js';
import { pause } from './faults.js';
import { dropSchema, lockProjection, nextSchemaOf, oldSchemaOf } from './generations.js';
import type { Db, ProjectionRow } from './ledger.js';
import { schemaOf } from './projection.js';

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
 * The tables of before stay, as `oldSchemaOf`, for the caller to drop.
 */
export async function trySwap(
  pool: pg.Pool,
  row: ProjectionRow,
  timing: SwapTiming,
): Promise<boolean> {
  const { name } = row;
  await dropSchema(pool, oldSchemaOf(name));
  return withClient(pool, async (client) => {
    await client.query(
      `BEGIN; SET LOCAL lock_timeout = ${timing.swapMs}; SET LOCAL idle_in_transaction_session_timeout = ${timing.leaseMs}`,
    );
    const ready = (await lockForSwap(client, row)) && (await caughtUp(client, row, timing));
    if (ready) await swap(client, row);
    await client.query(ready ? 'COMMIT' : 'ROLLBACK');
    return ready;
  });
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
