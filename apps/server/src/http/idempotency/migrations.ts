import type { MigrationInterface, QueryRunner } from 'typeorm';

class CreateIdempotencyKeys1763600000000 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKeys1763600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS odometer;
      CREATE TABLE odometer.idempotency_keys (
        tenant text NOT NULL,
        key text NOT NULL,
        request_hash text NOT NULL,
        status integer,
        body text,
        locked_until timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, key)
      );
      CREATE INDEX idempotency_keys_created_at ON odometer.idempotency_keys (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE odometer.idempotency_keys');
  }
}

/** Processes of an older release leave it empty. */
class NameHoldersOfKeys1763700000000 implements MigrationInterface {
  readonly name = 'NameHoldersOfKeys1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE odometer.idempotency_keys ADD COLUMN locked_by text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE odometer.idempotency_keys DROP COLUMN locked_by');
  }
}

/** Answers given to commands, so that a repeated command is answered and not run. */
export const idempotencyMigrations = [
  CreateIdempotencyKeys1763600000000,
  NameHoldersOfKeys1763700000000,
];
