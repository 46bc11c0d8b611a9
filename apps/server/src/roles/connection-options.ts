import type pg from 'pg';

/** Where the database is, and how long it may take to answer. */
export interface DatabaseAddress {
  readonly url: string;
  readonly timeoutMs: number;
}

/**
 * How every pool connects. Without a time limit a query on a connection that died silently (a firewall that forgot it, a machine that is gone)
 * is waited for until the kernel gives up, which takes a quarter of an hour; with it the connection is replaced.
 */
export const connectionOptions = ({ url, timeoutMs }: DatabaseAddress): pg.PoolConfig => ({
  connectionString: url,
  connectionTimeoutMillis: timeoutMs,
  query_timeout: timeoutMs,
  keepAlive: true,
});
