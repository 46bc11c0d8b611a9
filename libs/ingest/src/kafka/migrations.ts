import type { MigrationInterface, QueryRunner } from 'typeorm';

class CreateKafkaOffsets1763690403000 implements MigrationInterface {
  readonly name = 'CreateKafkaOffsets1763690403000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS odometer;
      CREATE TABLE odometer.kafka_offsets (
        consumer_group text NOT NULL,
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        planned_last bigint,
        planned_at timestamptz,
        epoch bigint NOT NULL DEFAULT 1,
        PRIMARY KEY (consumer_group, topic, partition),
        CHECK ((planned_last IS NULL) = (planned_at IS NULL)),
        CHECK (planned_last >= next_offset)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE odometer.kafka_offsets');
  }
}

/** How far the topics have been stored in the log. Not a cache: who loses this table reads the topics again from where Kafka says. */
export const kafkaMigrations = [CreateKafkaOffsets1763690403000];
