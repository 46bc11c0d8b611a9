import type pg from 'pg';

/**
 * Of the usage read model the tables whose rows follow from the facts alone. Left out are the runs of identities and postings, whose cut follows the
 * batches that events came in; what they lead to stands in the others.
 */
const USAGE = [
  'SELECT * FROM rm_usage.series ORDER BY id',
  'SELECT * FROM rm_usage.bucket ORDER BY series, day',
  'SELECT tenant, code, status, sum(records) AS records FROM rm_usage.code_tally GROUP BY 1, 2, 3 ORDER BY 1, 2, 3',
  'SELECT * FROM rm_usage.set_aside ORDER BY position, index',
  'SELECT * FROM rm_usage.correction ORDER BY position',
  'SELECT tenant, meter, version, reason, sum(records) AS records FROM rm_usage.uncounted GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4',
  'SELECT * FROM rm_usage.late_limit ORDER BY tenant, shard',
  'SELECT * FROM rm_usage.segment ORDER BY position',
  'SELECT * FROM rm_usage.meter ORDER BY code, version, shard',
];

/** The rows of a read model that must not depend on how they came about, as text; and how many there are. */
export async function dump(
  pool: pg.Pool,
  readModel: string,
): Promise<{ readonly text: string; readonly rows: number }> {
  const queries = readModel === 'usage' ? USAGE : await wholeTables(pool, `rm_${readModel}`);
  const parts: object[][] = [];
  for (const query of queries) parts.push((await pool.query<object>(query)).rows);
  return { text: JSON.stringify(parts), rows: parts.reduce((sum, { length }) => sum + length, 0) };
}

async function wholeTables(pool: pg.Pool, schema: string): Promise<string[]> {
  const { rows } = await pool.query<{ query: string }>(
    `SELECT format('SELECT * FROM %I.%I AS one ORDER BY one::text', schemaname, tablename) AS query
       FROM pg_tables WHERE schemaname = $1 ORDER BY tablename`,
    [schema],
  );
  if (rows.length === 0) throw new Error(`there is no read model ${schema}`);
  return rows.map(({ query }) => query);
}
