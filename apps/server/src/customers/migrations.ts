import type { MigrationInterface, QueryRunner } from 'typeorm';

class CreatePersonalKeys1763600100000 implements MigrationInterface {
  readonly name = 'CreatePersonalKeys1763600100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS odometer;
      CREATE TABLE odometer.personal_keys (
        tenant text NOT NULL,
        customer_id text NOT NULL,
        key_id uuid NOT NULL,
        key bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, customer_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE odometer.personal_keys');
  }
}

/** Keys of customers' personal data. Not a cache: who loses this table loses the data, which is its purpose. */
export const personalKeyMigrations = [CreatePersonalKeys1763600100000];
