import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APPEND_FUNCTION } from './append-function.js';

const TABLES = `
CREATE SCHEMA IF NOT EXISTS odometer;
CREATE TABLE odometer.events (
  position bigint PRIMARY KEY,
  stream_id text NOT NULL,
  revision bigint NOT NULL,
  event_id uuid NOT NULL UNIQUE,
  type text NOT NULL,
  schema_version int NOT NULL,
  tenant text NOT NULL,
  -- json, not jsonb: the very text that was hashed.
  metadata json NOT NULL,
  data json,
  -- Compressed already: compressing it again would cost time and gain nothing.
  payload bytea STORAGE EXTERNAL,
  hash bytea NOT NULL,
  -- Bytes that the event counts for in a page.
  size int NOT NULL,
  -- From the last dash on: the shard of a usage stream.
  suffix text GENERATED ALWAYS AS (substring(stream_id FROM '-[^-]*$')) STORED,
  UNIQUE (stream_id, revision),
  CHECK ((data IS NULL) <> (payload IS NULL))
);
CREATE INDEX events_by_type ON odometer.events (type, position);
CREATE INDEX events_by_type_and_suffix ON odometer.events (type, suffix, position);
CREATE TABLE odometer.streams (
  stream_id text PRIMARY KEY,
  revision bigint NOT NULL,
  hash bytea NOT NULL
) WITH (fillfactor = 70);
`;

class CreateEventLog1700000000001 implements MigrationInterface {
  readonly name = 'CreateEventLog1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(APPEND_FUNCTION);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP FUNCTION odometer.append_events; DROP TABLE odometer.events, odometer.streams',
    );
  }
}

/** For a log that was made by an older version: the function as it is now. Older processes get along with it. */
class CompareRepeats1700000000002 implements MigrationInterface {
  readonly name: string = 'CompareRepeats1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(APPEND_FUNCTION);
  }

  /** The tables are the same, and what the function asks for more harms nobody. */
  down(): Promise<void> {
    return Promise.resolve();
  }
}

/** The same again: it looks at the bytes of a repeat, too. */
class CompareBytesOfRepeats1700000000003 extends CompareRepeats1700000000002 {
  override readonly name: string = 'CompareBytesOfRepeats1700000000003';
}

/** Tables and function of the log. */
export const eventStoreMigrations = [
  CreateEventLog1700000000001,
  CompareRepeats1700000000002,
  CompareBytesOfRepeats1700000000003,
];
