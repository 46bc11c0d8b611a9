import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The advisory lock that makes appends of all processes one after the other. */
export const LOG_LOCK = 724_001;

/** Channel that is notified once for each committed group of appends. */
export const LOG_CHANNEL = 'odometer_log';

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
    -- Deflated already: compressing it again would cost time and gain nothing.
    payload bytea STORAGE EXTERNAL,
    hash bytea NOT NULL,
    UNIQUE (stream_id, revision),
    CHECK ((data IS NULL) <> (payload IS NULL))
  );
  CREATE INDEX events_by_type ON odometer.events (type, position);
  CREATE TABLE odometer.streams (
    stream_id text PRIMARY KEY,
    revision bigint NOT NULL,
    hash bytea NOT NULL
  );
`;

/**
 * Commits a group of appends. Positions are assigned under the lock, which is held until the commit is visible, so they are gapless
 * and in commit order, and a reader that follows \`position > checkpoint\` can never miss one. The outcome of each append is a row;
 * a refused one does not touch the others. Expected revisions: -1 no stream, -2 any, -3 exists, else the exact one.
 */
const APPEND = `
  CREATE FUNCTION odometer.append_events(
    p_streams text[], p_expected bigint[], p_counts int[],
    p_ids uuid[], p_types text[], p_versions int[], p_tenants text[], p_metadata text[], p_data text[],
    p_payloads bytea, p_lengths int[], p_digests bytea
  ) RETURNS TABLE (outcome text, first_revision bigint, last_revision bigint, last_position bigint, hashes bytea)
  LANGUAGE plpgsql AS $$
  DECLARE
    pos bigint; started_at bigint; event_at int := 0; payload_at int := 1; known int; same boolean;
    rev bigint; prev bytea; n int; payload bytea;
  BEGIN
    PERFORM pg_advisory_xact_lock(${LOG_LOCK});
    SELECT coalesce(max(position), 0) INTO pos FROM odometer.events;
    started_at := pos;
    FOR a IN 1 .. cardinality(p_streams) LOOP
      n := p_counts[a];
      hashes := NULL;
      SELECT count(*), bool_and(e.stream_id = p_streams[a] AND e.revision - i.ord = e0.revision - 1),
             min(e.revision), max(e.revision), max(e.position)
        INTO known, same, first_revision, last_revision, last_position
        FROM unnest(p_ids[event_at + 1 : event_at + n]) WITH ORDINALITY AS i(id, ord)
        JOIN odometer.events e ON e.event_id = i.id
        LEFT JOIN odometer.events e0 ON e0.event_id = p_ids[event_at + 1];
      IF known > 0 THEN
        outcome := CASE WHEN known = n AND same THEN 'replayed' ELSE 'partial' END;
      ELSE
        SELECT s.revision, s.hash INTO rev, prev FROM odometer.streams s WHERE s.stream_id = p_streams[a];
        IF NOT FOUND THEN rev := -1; prev := ''; END IF;
        IF p_expected[a] = -2 OR p_expected[a] = rev OR (p_expected[a] = -3 AND rev >= 0) THEN
          outcome := 'appended';
          first_revision := rev + 1;
          hashes := '';
        ELSE
          outcome := 'conflict';
          last_revision := rev;
        END IF;
      END IF;
      FOR e IN event_at + 1 .. event_at + n LOOP
        payload := NULL;
        IF p_lengths[e] IS NOT NULL THEN
          IF outcome = 'appended' THEN payload := substring(p_payloads FROM payload_at FOR p_lengths[e]); END IF;
          payload_at := payload_at + p_lengths[e];
        END IF;
        IF outcome = 'appended' THEN
          rev := rev + 1;
          pos := pos + 1;
          prev := sha256(prev || int8send(rev) || substring(p_digests FROM (e - 1) * 32 + 1 FOR 32));
          hashes := hashes || prev;
          INSERT INTO odometer.events
            (position, stream_id, revision, event_id, type, schema_version, tenant, metadata, data, payload, hash)
          VALUES (pos, p_streams[a], rev, p_ids[e], p_types[e], p_versions[e], p_tenants[e],
                  p_metadata[e]::json, p_data[e]::json, payload, prev);
        END IF;
      END LOOP;
      IF outcome = 'appended' THEN
        INSERT INTO odometer.streams AS s (stream_id, revision, hash) VALUES (p_streams[a], rev, prev)
        ON CONFLICT (stream_id) DO UPDATE SET revision = excluded.revision, hash = excluded.hash;
        last_revision := rev;
        last_position := pos;
      END IF;
      event_at := event_at + n;
      RETURN NEXT;
    END LOOP;
    IF pos > started_at THEN PERFORM pg_notify('${LOG_CHANNEL}', pos::text); END IF;
  END $$;
`;

class CreateEventLog1700000000001 implements MigrationInterface {
  readonly name = 'CreateEventLog1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(APPEND);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP FUNCTION odometer.append_events; DROP TABLE odometer.events, odometer.streams',
    );
  }
}

export const eventStoreMigrations = [CreateEventLog1700000000001];
