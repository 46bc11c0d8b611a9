import type pg from 'pg';
import type { SqlClient, SqlStatement } from './projection.js';
import { sqlOf } from './sql-of.js';

/**
 * The statements of one transaction. On a connection that pipelines (`pipeline` of `pg`), what is sent runs while its sender goes on; on any other
 * it waits for its turn. Statements run in the order in which they were given, and after one that failed none of the transaction has an effect.
 */
export class BatchSql implements SqlClient {
  private readonly sql: SqlClient;
  private readonly pipelined: boolean;
  /** What was sent: settles when all of it has run, and never rejects. */
  private sent: Promise<void> = Promise.resolve();
  private failure: { readonly error: unknown } | null = null;

  constructor(client: pg.ClientBase, schema: string) {
    this.sql = sqlOf(client, schema);
    this.pipelined = (client as { readonly pipeline?: boolean }).pipeline === true;
  }

  /** Throws what went wrong with whatever was sent before, too. */
  async query<Row>(
    query: SqlStatement,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }> {
    if (!this.pipelined) await this.settled();
    try {
      return await this.sql.query<Row>(query, values);
    } catch (error) {
      // Behind a failure the server only says that the transaction is over.
      throw this.failure === null ? error : this.failure.error;
    }
  }

  send(query: SqlStatement, values?: readonly unknown[]): void {
    const before = this.sent;
    const run = this.pipelined ? this.sql.query(query, values) : this.after(before, query, values);
    const told = run.then(
      () => undefined,
      (error: unknown) => {
        this.failure ??= { error };
      },
    );
    this.sent = Promise.all([before, told]).then(() => undefined);
  }

  private async after(
    before: Promise<void>,
    query: SqlStatement,
    values?: readonly unknown[],
  ): Promise<void> {
    await before;
    if (this.failure === null) await this.sql.query(query, values);
  }

  /** Waits for all that was sent; throws the first thing that went wrong with it. */
  async settled(): Promise<void> {
    await this.sent;
    if (this.failure !== null) throw this.failure.error;
  }
}
