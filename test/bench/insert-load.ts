import pg from 'pg';
import { BASELINE_COLUMNS, customerOf, makeStream, rowOf, type StreamOptions } from './records.js';
import { serveTask } from './task.js';

export interface InsertLoad {
  readonly url: string;
  readonly stream: StreamOptions;
}

export interface InsertResult {
  readonly elapsedMs: number;
}

const CONNECTIONS = 16;

/** One round trip and one transaction for each event: the best that can be written by hand without gathering events. */
const COUNT_ONE = {
  name: 'count-one',
  text: `
    WITH fresh AS (
      INSERT INTO bench_usage (identity, tenant, transaction_id, customer, code, timestamp, properties)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT DO NOTHING RETURNING customer)
    UPDATE bench_balance SET used = used + 1 FROM fresh WHERE bench_balance.customer = fresh.customer`,
};

serveTask<InsertLoad, InsertResult>(async ({ url, stream }) => {
  const rows = makeStream(stream).lines.map(rowOf);
  const clients = Array.from(
    { length: CONNECTIONS },
    () => new pg.Client({ connectionString: url }),
  );
  await Promise.all(clients.map((client) => client.connect()));
  await createTables(clients[0]!, stream.customers);
  return async () => {
    let next = 0;
    const start = performance.now();
    await Promise.all(
      clients.map(async (client) => {
        while (next < rows.length) {
          const values = rows[next]!;
          next += 1;
          await client.query({ ...COUNT_ONE, values });
        }
      }),
    );
    const elapsedMs = performance.now() - start;
    await clients[0]!.query('DROP TABLE bench_usage, bench_balance');
    await Promise.all(clients.map((client) => client.end()));
    return { elapsedMs };
  };
});

async function createTables(client: pg.Client, customers: number): Promise<void> {
  await client.query(`
    DROP TABLE IF EXISTS bench_usage, bench_balance;
    CREATE TABLE bench_usage (${BASELINE_COLUMNS}, PRIMARY KEY (identity));
    CREATE TABLE bench_balance (customer text PRIMARY KEY, used bigint NOT NULL)`);
  const names = Array.from({ length: customers }, (_, rank) => customerOf(rank));
  await client.query('INSERT INTO bench_balance SELECT unnest($1::text[]), 0', [names]);
}
