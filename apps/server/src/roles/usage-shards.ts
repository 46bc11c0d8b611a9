import type { MigrationInterface, QueryRunner } from 'typeorm';
import type pg from 'pg';

/** What is decided once for a log and must not change under it. */
class CreateLogSettings1763690402000 implements MigrationInterface {
  readonly name = 'CreateLogSettings1763690402000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS odometer;
      CREATE TABLE odometer.log_settings (name text PRIMARY KEY, value text NOT NULL);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE odometer.log_settings');
  }
}

export const logSettingsMigrations = [CreateLogSettings1763690402000];

export class ShardsFixed extends Error {
  override readonly name = 'ShardsFixed';
}

/**
 * Remembers the number of usage shards with the first start. A subject must stay in its shard, or its records would be counted again under
 * another one: a start with another number throws ShardsFixed.
 */
export async function fixUsageShards(pool: pg.Pool, shards: number): Promise<void> {
  await pool.query(
    `INSERT INTO odometer.log_settings (name, value) VALUES ('usage_shards', $1) ON CONFLICT DO NOTHING`,
    [String(shards)],
  );
  const { rows } = await pool.query<{ value: string }>(
    `SELECT value FROM odometer.log_settings WHERE name = 'usage_shards'`,
  );
  const fixed = Number(rows[0]?.value);
  if (fixed === shards) return;
  throw new ShardsFixed(
    `this log has ${fixed} usage shards, which cannot change: set ODOMETER_USAGE_SHARDS=${fixed}`,
  );
}
