import type pg from 'pg';
import type { SqlClient, SqlStatement } from './projection.js';

/** Statement names are kept apart by schema, because a rebuild prepares the same statements for other tables. */
export const sqlOf = (client: pg.ClientBase, schema: string): SqlClient => ({
  query: async <Row>(query: SqlStatement, values?: readonly unknown[]) => {
    const result = await client.query<Row & pg.QueryResultRow>(configOf(query, schema, values));
    // Several statements in one text answer a list of results.
    const last = Array.isArray(result) ? (result.at(-1) as typeof result) : result;
    return { rows: last.rows, rowCount: last.rowCount };
  },
});

function configOf(
  query: SqlStatement,
  schema: string,
  values: readonly unknown[] | undefined,
): pg.QueryConfig {
  const config = typeof query === 'string' ? { text: query } : query;
  const { name } = config as { readonly name?: string };
  const all = values ?? (config as { readonly values?: readonly unknown[] }).values;
  return {
    ...config,
    ...(name === undefined ? {} : { name: `${schema}.${name}` }),
    ...(all === undefined ? {} : { values: [...all] }),
  } as pg.QueryConfig;
}
