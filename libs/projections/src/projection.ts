import type { EventFilter, RecordedEvent } from '@odometer/event-store';

/** A statement as `pg` takes it. */
export type SqlStatement =
  | string
  | {
      readonly text: string;
      readonly values?: readonly unknown[];
      readonly name?: string;
      readonly rowMode?: 'array';
    };

/** The part of a `pg` client that projections use. Inside `apply` it is in the transaction that moves the checkpoint. */
export interface SqlClient {
  query<Row>(
    query: SqlStatement,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
  /**
   * Inside `apply`: gives a statement whose answer nobody needs, and does not wait for it. It runs before whatever is given later; what goes wrong
   * with it is thrown by a later `query`, or else ends the transaction. See `sendTo`.
   */
  send?(query: SqlStatement, values?: readonly unknown[]): void;
}

/** Runs a statement whose answer nobody needs: without waiting for it where the client can do that. */
export async function sendTo(
  sql: SqlClient,
  query: SqlStatement,
  values?: readonly unknown[],
): Promise<void> {
  if (sql.send) sql.send(query, values);
  else await sql.query(query, values);
}

/** Where a handler works: its own schema (`rm_<name>`, or `rm_<name>__next` during a rebuild) and its shard. */
export interface ProjectionContext {
  /** SQL schema, safe to put into a statement. */
  readonly schema: string;
  readonly shard: number;
  readonly shards: number;
}

/** Applies events of one shard, some of them at a time, any number of times in a transaction. Made anew after a rollback, a lost lease or a restart: state kept in it is only a cache. */
export interface ProjectionHandler {
  /** `events` in log order, all after the checkpoint. Throws on what it cannot understand: the projection stops there, loudly. */
  apply(sql: SqlClient, events: readonly RecordedEvent[]): Promise<void>;
  /** Writes what was applied and is not written yet; called last in a transaction. */
  flush?(sql: SqlClient): Promise<void>;
}

/** A read model's fold. Uses only the event: no clock, no chance, no other read model. */
export interface Projection {
  readonly name: string;
  /** Raised when tables or fold change: the engine then rebuilds beside the old one and swaps. */
  readonly version: number;
  /** 1, or the number of usage shards. */
  readonly shards: number;
  filter(shard: number): readonly EventFilter[];
  /** Creates the tables in an empty schema. */
  init(sql: SqlClient, schema: string): Promise<void>;
  handler(context: ProjectionContext): ProjectionHandler;
}

/** The schema that queries read; a rebuild swaps it in one transaction by renaming. */
export const schemaOf = (projectionName: string): string => `rm_${projectionName}`;
