import { sendTo, type SqlClient } from '@odometer/projections';
import type { Place } from './identity.js';
import { batchIndexOf, type SetAsideStatus, type UsageBatch } from './usage-batch.js';

/** A record that does not count, and the first record of its identity, which may be itself. */
export interface SetAsideRecord {
  readonly place: Place;
  readonly original: Place;
  readonly status: SetAsideStatus;
}

/** Which records of a shard do not count, and why. A record that is not here counts. */
export class SetAside {
  constructor(
    private readonly schema: string,
    private readonly shard: number,
  ) {}

  /** Sets records aside; one that was set aside before has the new status. `tenantOf` answers whose the segment at a position is. */
  async add(
    sql: SqlClient,
    records: readonly SetAsideRecord[],
    tenantOf: (position: number) => string,
  ): Promise<void> {
    if (records.length === 0) return;
    const columns = [
      records.map(({ place }) => tenantOf(place.position)),
      records.map(({ place }) => place.position),
      records.map(({ place }) => place.index),
      records.map(({ status }) => status),
      records.map(({ original }) => original.position),
      records.map(({ original }) => original.index),
    ];
    await sendTo(
      sql,
      `INSERT INTO ${this.schema}.set_aside
       SELECT tenant, $1, position, index, status, original_position, original_index, false
         FROM unnest($2::text[], $3::bigint[], $4::int[], $5::text[], $6::bigint[], $7::int[])
           AS s(tenant, position, index, status, original_position, original_index)
        ORDER BY position, index
       ON CONFLICT (position, index) DO UPDATE SET status = excluded.status`,
      [this.shard, ...columns],
    );
  }

  /** Closes the conflicts with a record that is being corrected. Answers those that were open. */
  async settleConflicts(sql: SqlClient, original: Place): Promise<Place[]> {
    const { rows } = await sql.query<{ position: string; index: number }>(
      `UPDATE ${this.schema}.set_aside SET settled = true
        WHERE original_position = $1 AND original_index = $2 AND status = 'conflict' AND NOT settled
       RETURNING position, index`,
      [original.position, original.index],
    );
    return rows.map(({ position, index }) => ({ position: Number(position), index }));
  }

  /** By index in a batch whose segments were folded before: 1 where the record counts. */
  async countsOf(sql: SqlClient, batch: UsageBatch): Promise<Uint8Array> {
    const counts = new Uint8Array(batch.size).fill(1);
    const { rows } = await sql.query<{ position: string; index: number }>(
      `SELECT position, index FROM ${this.schema}.set_aside WHERE position = ANY($1::bigint[])`,
      [batch.segments.map(({ position }) => position)],
    );
    for (const { position, index } of rows)
      counts[batchIndexOf(batch, { position: Number(position), index })] = 0;
    return counts;
  }
}
