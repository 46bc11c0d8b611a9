import pg from 'pg';
import type { CopyRows } from './copy-rows.js';

/**
 * A COPY … TO STDOUT (FORMAT binary) for `pool.query`, whose rows are then in `copied`. To `pg` it is a query like any other, so connections, time limits and
 * errors are the pool's, and it may wait its turn on a connection that pipelines; `pg` only throws away the bytes that COPY sends.
 */
class CopyQuery extends pg.Query {
  /** As the constructor of `pg` sets it; it makes this a query that `pool.query` takes. */
  declare readonly text: string;
  /** Tells the caller, who then gives the connection up. */
  declare handleError: (error: Error) => void;
  private failed = false;

  constructor(
    statement: string,
    private readonly copied: CopyRows<unknown>,
  ) {
    super(`COPY (${statement}) TO STDOUT (FORMAT binary)`);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.failed) return;
    try {
      this.copied.push(chunk);
    } catch (error) {
      // What still comes is not looked at: it could not be told from what went wrong.
      this.failed = true;
      this.handleError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Runs it on a connection of the pool. */
export async function copyOut<Row>(
  pool: pg.Pool,
  statement: string,
  rows: CopyRows<Row>,
): Promise<readonly Row[]> {
  const query: pg.QueryConfig = new CopyQuery(statement, rows);
  await pool.query(query);
  return rows.rows();
}
