import type { SqlClient } from '@odometer/projections';
import { USAGE_PROJECTION } from '@odometer/read-models';

/** Log position that every shard of the usage read model has reached, in the snapshot of the given connection. */
export async function usagePosition(sql: SqlClient): Promise<number> {
  const { rows } = await sql.query<{ position: string | null }>(
    `SELECT min(position) AS position FROM odometer.projection_shards
     WHERE name = $1 AND target = 'live'`,
    [USAGE_PROJECTION],
  );
  return Number(rows[0]?.position ?? 0);
}
