import { sendTo, type SqlClient } from '@odometer/projections';
import type { UsageBatch } from './usage-batch.js';

/** Writes down what of the log a shard has folded: one row for a segment. */
export async function noteSegments(
  sql: SqlClient,
  place: { readonly schema: string; readonly shard: number },
  batch: UsageBatch,
): Promise<void> {
  await sendTo(
    sql,
    `INSERT INTO ${place.schema}.segment (position, tenant, shard, records)
     SELECT position, tenant, $1, records FROM unnest($2::bigint[], $3::text[], $4::int[]) AS s(position, tenant, records)`,
    [
      place.shard,
      batch.segments.map(({ position }) => position),
      batch.segments.map(({ tenant }) => tenant),
      batch.segments.map(({ count }) => count),
    ],
  );
}
