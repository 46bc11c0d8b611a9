import type { MigrationInterface, QueryRunner } from 'typeorm';

/** SQLSTATE that `move_checkpoint` raises when the caller no longer holds the shard. */
export const LEASE_LOST_STATE = 'OD001';

/**
 * The engine's own tables. They are not a cache: they say how far each read model has come, and who works on it.
 * `move_checkpoint` raises instead of answering "0 rows", so that `SELECT move_checkpoint(…); COMMIT` in one message can never
 * commit the rows of a worker that lost its lease.
 */
export class CreateProjectionTables1763690401000 implements MigrationInterface {
  readonly name = 'CreateProjectionTables1763690401000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS odometer;
      CREATE TABLE odometer.projections (
        name text PRIMARY KEY,
        version integer NOT NULL,
        generation integer NOT NULL,
        next_version integer,
        next_generation integer,
        last_generation integer NOT NULL,
        state text NOT NULL GENERATED ALWAYS AS
          (CASE WHEN next_generation IS NULL THEN 'live' ELSE 'rebuilding' END) STORED
      );
      CREATE TABLE odometer.projection_shards (
        name text NOT NULL REFERENCES odometer.projections ON DELETE CASCADE,
        generation integer NOT NULL,
        shard integer NOT NULL,
        target text NOT NULL CHECK (target IN ('live', 'next')),
        version integer NOT NULL,
        position bigint NOT NULL DEFAULT 0,
        owner text,
        epoch bigint NOT NULL DEFAULT 0,
        lease_until timestamptz,
        fault text,
        fault_position bigint,
        PRIMARY KEY (name, generation, shard)
      );
      CREATE TABLE odometer.projection_workers (
        owner text PRIMARY KEY,
        projections text[] NOT NULL,
        alive_until timestamptz NOT NULL
      );
      CREATE FUNCTION odometer.move_checkpoint(
        of_name text, of_generation integer, of_shard integer, held_epoch bigint, old_position bigint, new_position bigint
      ) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE odometer.projection_shards SET position = new_position
         WHERE name = of_name AND generation = of_generation AND shard = of_shard
           AND epoch = held_epoch AND position = old_position;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'projection % shard %: the lease with epoch % is lost', of_name, of_shard, held_epoch
            USING ERRCODE = '${LEASE_LOST_STATE}';
        END IF;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION odometer.move_checkpoint(text, integer, integer, bigint, bigint, bigint);
      DROP TABLE odometer.projection_workers, odometer.projection_shards, odometer.projections;
    `);
  }
}

/** Fixed tables of the projection engine, to be run with `migrate` of the event store. */
export const projectionMigrations = [CreateProjectionTables1763690401000];
