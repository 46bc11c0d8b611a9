import type { SqlClient } from '@odometer/projections';
import type { SegmentCache } from './segment-cache.js';

/** Whose usage has been folded since a moment. */
export interface UsageSubjects {
  readonly customers: ReadonlySet<string>;
  readonly subscriptions: ReadonlySet<string>;
  /** By usage shard, the last position looked at: where to go on from. */
  readonly reached: readonly number[];
}

/** Segments that one answer looks through. */
const SEGMENTS_PER_READ = 1_024;

/**
 * The ids that the records beyond `after` name, a position for each shard, as far as one answer goes. Shards fold side by side, so a
 * position of one says nothing of another.
 */
export async function usageSubjects(
  sql: SqlClient,
  source: { readonly schema: string; readonly segments: SegmentCache },
  tenant: string,
  after: readonly number[],
): Promise<UsageSubjects> {
  const { rows } = await sql.query<{ shard: number; position: string }>(
    `SELECT s.shard, s.position
       FROM unnest($2::bigint[]) WITH ORDINALITY AS w(position, number)
       JOIN ${source.schema}.segment s ON s.shard = w.number - 1 AND s.position > w.position
      WHERE s.tenant = $1 ORDER BY s.position LIMIT $3`,
    [tenant, after, SEGMENTS_PER_READ],
  );
  const reached = [...after];
  for (const { shard, position } of rows) reached[shard] = Number(position);
  const found = await source.segments.load(rows.map(({ position }) => Number(position)));
  const customers = new Set<string>();
  const subscriptions = new Set<string>();
  for (const { columns } of found.values()) {
    for (const id of columns.customers.of) if (id !== undefined) customers.add(id);
    for (const id of columns.subscriptions.of) if (id !== undefined) subscriptions.add(id);
  }
  return { customers, subscriptions, reached };
}
