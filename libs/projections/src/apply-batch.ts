import type pg from 'pg';
import { BatchSql } from './batch-sql.js';
import { isLeaseLost, isTransient } from './faults.js';
import type { Lanes } from './lanes.js';
import type { Slot } from './lease-plan.js';
import type { ProjectionHandler } from './projection.js';
import type { Piece } from './transactions.js';

/** The events could not be applied, and trying again would not help. */
export class ApplyFault extends Error {
  override readonly name = 'ApplyFault';
}

export interface BatchTarget {
  readonly pool: pg.Pool;
  readonly lanes: Lanes;
  readonly slot: Slot;
  readonly schema: string;
  /** A transaction of a process that froze is ended by the server after this time, so that its rows do not stay locked. */
  readonly leaseMs: number;
}

/**
 * Applies pieces of the log, one at least, and moves the checkpoint from `from` behind the last of them, in one transaction. Answers where that is. Throws ApplyFault, or the database's error when a repetition may
 * help (`isTransient`) or the shard has another owner now (`isLeaseLost`); the rows are rolled back in each case.
 * `synchronous_commit` is off: rows and checkpoint are lost together in a power cut, and the log brings both back.
 */
export async function applyBatch(
  target: BatchTarget,
  handler: ProjectionHandler,
  { from, pieces }: { readonly from: number; readonly pieces: AsyncIterable<Piece> },
): Promise<number> {
  return target.lanes.use(target.slot.target, () =>
    withClient(target.pool, async (client) => {
      // Waited for: what ran without it would be there whatever becomes of the others.
      await client.query(
        `BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL idle_in_transaction_session_timeout = ${target.leaseMs}`,
      );
      try {
        const sql = new BatchSql(client, target.schema);
        let to = from;
        for await (const piece of pieces) {
          await handler.apply(sql, piece.events);
          to = piece.to;
        }
        await handler.flush?.(sql);
        await sql.settled();
        await client.query(`SELECT ${moveCheckpoint(target.slot, { from, to })}; COMMIT`);
        return to;
      } catch (error) {
        if (isTransient(error) || isLeaseLost(error)) throw error;
        throw new ApplyFault(error instanceof Error ? error.message : String(error), {
          cause: error,
        });
      }
    }),
  );
}

/** Moves the checkpoint over events that the filter did not let pass. */
export async function skipTo(db: Pick<pg.Pool, 'query'>, slot: Slot, step: Step): Promise<void> {
  await db.query(`SELECT ${moveCheckpoint(slot, step)}`);
}

/** The checkpoint before, and after. */
interface Step {
  readonly from: number;
  readonly to: number;
}

const moveCheckpoint = (slot: Slot, { from, to }: Step): string =>
  `odometer.move_checkpoint('${slot.name}', ${slot.generation}, ${slot.shard}, ${slot.epoch}, ${from}, ${to})`;

/** A connection after an error is closed, not reused: that ends its transaction whatever state it was in. */
export async function withClient<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken = false;
  const onError = (): void => {
    broken = true;
  };
  // Without a listener a connection that dies between two queries would bring the process down.
  client.on('error', onError);
  try {
    return await work(client);
  } catch (error) {
    broken = true;
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
