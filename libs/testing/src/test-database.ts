import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  /** Connection string of a new, empty database. */
  readonly url: string;
  readonly pool: pg.Pool;
  /** Closes the pool and drops the database, ending whatever is still connected to it. */
  drop(): Promise<void>;
}

/** Makes an empty database on the PostgreSQL server that the test run started. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env['ODOMETER_TEST_DATABASE_URL'];
  if (!serverUrl)
    throw new Error('ODOMETER_TEST_DATABASE_URL is not set: run the specs with npm test');
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 16 });
  // A database that is dropped under its idle connections must not bring the test process down.
  pool.on('error', () => undefined);
  return {
    url: url.href,
    pool,
    drop: async () => {
      await pool.end();
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
