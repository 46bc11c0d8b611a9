import pg from 'pg';
import { CommandRefused } from '../failure.js';

export const SWITCHABLE = ['postgres', 'eventstoredb'] as const;

/**
 * Makes the read models of a database follow the log in another store. Positions differ between stores, so every read model is built
 * anew from the start of that log; keys of customers, idempotency keys and settings stay. Throws CommandRefused while a server works on
 * the database.
 */
export async function switchLog(database: string, to: string): Promise<string> {
  if (!SWITCHABLE.some((kind) => kind === to)) {
    throw new CommandRefused(`--to ${to} is not one of ${SWITCHABLE.join(', ')}`);
  }
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<{ owner: string }>(
      'SELECT owner FROM odometer.projection_workers WHERE alive_until > now()',
    );
    if (rows.length > 0) {
      const owners = rows.map(({ owner }) => owner).join(', ');
      throw new CommandRefused(`a server works on this database (${owners}): stop it first`);
    }
    await client.query('DELETE FROM odometer.projections');
    await client.query(
      `INSERT INTO odometer.log_settings (name, value) VALUES ('event_store', $1)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [to],
    );
    await client.query('COMMIT');
    return `the next start with EVENT_STORE=${to} builds the read models from that log\n`;
  } finally {
    await client.end();
  }
}
