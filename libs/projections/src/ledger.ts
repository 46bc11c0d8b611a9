import type pg from 'pg';
import type { Slot, Worker } from './lease-plan.js';

/** The row of a projection. `next…` are set while a rebuild is under way. */
export interface ProjectionRow {
  readonly name: string;
  readonly version: number;
  readonly generation: number;
  readonly nextVersion: number | null;
  readonly nextGeneration: number | null;
}

export type Db = Pick<pg.Pool, 'query'>;

interface SlotRow extends Omit<Slot, 'position' | 'epoch' | 'faultPosition'> {
  readonly position: string;
  readonly epoch: string;
  readonly faultPosition: string | null;
}

const fromRow = (row: SlotRow): Slot => ({
  ...row,
  position: Number(row.position),
  epoch: Number(row.epoch),
  faultPosition: row.faultPosition === null ? null : Number(row.faultPosition),
});

const SLOT_COLUMNS = `name, generation, shard, target, version, position, epoch, fault, fault_position AS "faultPosition"`;

/** All shards. A lease that ran out, by the clock of the database, reads as nobody's. */
export async function readSlots(db: Db): Promise<Slot[]> {
  const { rows } = await db.query<SlotRow>(`
    SELECT ${SLOT_COLUMNS}, CASE WHEN lease_until > clock_timestamp() THEN owner END AS owner
      FROM odometer.projection_shards ORDER BY name, generation, shard`);
  return rows.map(fromRow);
}

export async function readProjections(db: Db): Promise<ProjectionRow[]> {
  const { rows } = await db.query<ProjectionRow>(`
    SELECT name, version, generation, next_version AS "nextVersion", next_generation AS "nextGeneration"
      FROM odometer.projections ORDER BY name`);
  return rows;
}

/** Says that this process lives, and answers all that do. */
export async function beat(db: Db, me: Worker, leaseMs: number): Promise<Worker[]> {
  await db.query(
    `INSERT INTO odometer.projection_workers (owner, projections, alive_until)
     VALUES ($1, $2, clock_timestamp() + $3 * interval '1 ms')
     ON CONFLICT (owner) DO UPDATE SET projections = EXCLUDED.projections, alive_until = EXCLUDED.alive_until`,
    [me.owner, [...me.projections], leaseMs],
  );
  await db.query(
    `DELETE FROM odometer.projection_workers WHERE alive_until < clock_timestamp() - interval '1 hour'`,
  );
  const { rows } = await db.query<{ owner: string; projections: string[] }>(
    `SELECT owner, projections FROM odometer.projection_workers WHERE alive_until > clock_timestamp() ORDER BY owner`,
  );
  return rows.map((row) => ({ owner: row.owner, projections: new Set(row.projections) }));
}

export async function signOff(db: Db, owner: string): Promise<void> {
  await db.query(`DELETE FROM odometer.projection_workers WHERE owner = $1`, [owner]);
}

/** Frees what gone owners hold. Should one of them live after all, the raised epoch of the next holder shuts it out. */
export async function releaseGone(db: Db, isGone: (owner: string) => boolean): Promise<void> {
  const { rows } = await db.query<{ owner: string }>(
    `SELECT owner FROM odometer.projection_shards WHERE owner IS NOT NULL
     UNION SELECT owner FROM odometer.projection_workers`,
  );
  const gone = rows.map(({ owner }) => owner).filter(isGone);
  if (gone.length === 0) return;
  await db.query(
    `UPDATE odometer.projection_shards SET owner = NULL, lease_until = NULL WHERE owner = ANY($1)`,
    [gone],
  );
  await db.query(`DELETE FROM odometer.projection_workers WHERE owner = ANY($1)`, [gone]);
}

/** Prolongs what `owner` holds. Rows locked by a swap are left out: the swap is shorter than a lease, and frees them. */
export async function renewLeases(db: Db, owner: string, leaseMs: number): Promise<void> {
  await db.query(
    `UPDATE odometer.projection_shards SET lease_until = clock_timestamp() + $2 * interval '1 ms'
      WHERE (name, generation, shard) IN (
        SELECT name, generation, shard FROM odometer.projection_shards WHERE owner = $1
        ORDER BY name, generation, shard FOR UPDATE SKIP LOCKED)`,
    [owner, leaseMs],
  );
}

/** Takes a shard that is free. The raised epoch shuts out whoever had it before. Null when another process was first. */
export async function takeLease(
  db: Db,
  slot: Slot,
  owner: string,
  leaseMs: number,
): Promise<Slot | null> {
  const { rows } = await db.query<SlotRow>(
    `UPDATE odometer.projection_shards
        SET owner = $4, epoch = epoch + 1, lease_until = clock_timestamp() + $5 * interval '1 ms'
      WHERE (name, generation, shard) = (
        SELECT name, generation, shard FROM odometer.projection_shards
         WHERE name = $1 AND generation = $2 AND shard = $3 AND fault IS NULL
           AND (owner IS NULL OR lease_until <= clock_timestamp())
        FOR UPDATE SKIP LOCKED)
      RETURNING ${SLOT_COLUMNS}, owner`,
    [slot.name, slot.generation, slot.shard, owner, leaseMs],
  );
  return rows[0] ? fromRow(rows[0]) : null;
}

/** Gives a shard up, if it is still held with this epoch. */
export async function releaseLease(db: Db, slot: Slot): Promise<void> {
  await db.query(
    `UPDATE odometer.projection_shards SET owner = NULL, lease_until = NULL
      WHERE name = $1 AND generation = $2 AND shard = $3 AND epoch = $4`,
    [slot.name, slot.generation, slot.shard, slot.epoch],
  );
}

/** Stores why a shard stopped. False when the lease was lost meanwhile, and the fault is another worker's to find. */
export async function writeFault(
  db: Db,
  slot: Slot,
  fault: { readonly text: string; readonly position: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE odometer.projection_shards SET fault = $5, fault_position = $6
      WHERE name = $1 AND generation = $2 AND shard = $3 AND epoch = $4`,
    [slot.name, slot.generation, slot.shard, slot.epoch, fault.text, fault.position],
  );
  return rowCount === 1;
}

/** A process that starts may have mended code: what stopped before is tried again, by a new holder. */
export async function clearFaults(db: Db, worker: Worker): Promise<void> {
  await db.query(
    `UPDATE odometer.projection_shards
        SET fault = NULL, fault_position = NULL, owner = NULL, lease_until = NULL, epoch = epoch + 1
      WHERE fault IS NOT NULL AND name || '@' || version = ANY($1)`,
    [[...worker.projections]],
  );
}
