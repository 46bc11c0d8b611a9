/** The advisory lock that makes appends of all processes one after the other. */
export const LOG_LOCK = 724_001;

/** Channel that is notified, with the new head, once for each committed group of appends. */
export const LOG_CHANNEL = 'odometer_log';

/**
 * Commits a group of appends. Positions are assigned under the lock, which is held until the commit is visible, so they are gapless
 * and in commit order, and a reader that follows `position > checkpoint` can never miss one. A refused append does not touch the
 * others. All arguments after `p_counts` have an element for each event.
 *
 * `p_expected`: -1 no stream, -2 any, -3 exists, else the exact revision. Answers four numbers for each append: what happened
 * (0 appended, 1 replayed, 2 conflict, 3 partly known, 4 known with other content), first revision, last revision (in a conflict: the actual one), position
 * of the last event; and the hashes of the appended events, 32 bytes each, one after the other.
 *
 * The caller must not put one event id into two appends of a group.
 */
export const APPEND_FUNCTION = `
CREATE OR REPLACE FUNCTION odometer.append_events(
  p_streams text[], p_expected bigint[], p_counts int[],
  p_ids uuid[], p_types text[], p_versions int[], p_tenants text[],
  p_metadata json[], p_data json[], p_payloads bytea[], p_digests bytea[],
  OUT results text, OUT hashes bytea
)
LANGUAGE plpgsql
-- Whatever the statistics say of a young table: every look-up here is a few rows by an index.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
DECLARE
  head bigint; pos bigint; at int := 0; n int; some_known boolean; accepted boolean;
  rev bigint; last_hash bytea; known int; same boolean; alike boolean; known_first bigint; known_last bigint; known_pos bigint;
  positions bigint[]; revisions bigint[]; chain bytea[]; streams text[];
  answers bigint[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock(${LOG_LOCK});
  SELECT coalesce(max(position), 0) INTO head FROM odometer.events;
  pos := head;
  positions := array_fill(NULL::bigint, ARRAY[cardinality(p_ids)]);
  revisions := positions;
  chain := array_fill(NULL::bytea, ARRAY[cardinality(p_ids)]);
  streams := array_fill(NULL::text, ARRAY[cardinality(p_ids)]);
  some_known := EXISTS (SELECT 1 FROM unnest(p_ids) AS i(id) JOIN odometer.events e ON e.event_id = i.id);

  FOR a IN 1 .. cardinality(p_streams) LOOP
    n := p_counts[a];
    known := 0;
    IF some_known THEN
      SELECT count(*), bool_and(e.stream_id = p_streams[a]) AND count(DISTINCT e.revision - i.ord) = 1,
             bool_and(e.type = p_types[at + i.ord] AND e.schema_version = p_versions[at + i.ord]
               AND e.data::text IS NOT DISTINCT FROM p_data[at + i.ord]::text
               AND e.payload IS NOT DISTINCT FROM p_payloads[at + i.ord]),
             min(e.revision), max(e.revision), max(e.position)
        INTO known, same, alike, known_first, known_last, known_pos
        FROM unnest(p_ids[at + 1 : at + n]) WITH ORDINALITY AS i(id, ord)
        JOIN odometer.events e ON e.event_id = i.id;
    END IF;
    IF known > 0 THEN
      answers := answers || CASE WHEN known = n AND same
        THEN ARRAY[CASE WHEN alike THEN 1 ELSE 4 END, known_first, known_last, known_pos] ELSE ARRAY[3, 0, 0, 0]::bigint[] END;
    ELSE
      SELECT s.revision, s.hash INTO rev, last_hash FROM odometer.streams s WHERE s.stream_id = p_streams[a];
      IF NOT FOUND THEN
        rev := -1;
        last_hash := '';
      END IF;
      accepted := p_expected[a] = -2 OR p_expected[a] = rev OR (p_expected[a] = -3 AND rev >= 0);
      IF accepted THEN
        answers := answers || ARRAY[0, rev + 1, rev + n, pos + n];
        FOR e IN at + 1 .. at + n LOOP
          rev := rev + 1;
          pos := pos + 1;
          last_hash := sha256(last_hash || int8send(rev) || p_digests[e]);
          streams[e] := p_streams[a];
          positions[e] := pos;
          revisions[e] := rev;
          chain[e] := last_hash;
        END LOOP;
        INSERT INTO odometer.streams AS s (stream_id, revision, hash) VALUES (p_streams[a], rev, last_hash)
          ON CONFLICT (stream_id) DO UPDATE SET revision = excluded.revision, hash = excluded.hash;
      ELSE
        answers := answers || ARRAY[2, 0, rev, 0];
      END IF;
    END IF;
    at := at + n;
  END LOOP;

  IF pos > head THEN
    INSERT INTO odometer.events
      (position, stream_id, revision, event_id, type, schema_version, tenant, metadata, data, payload, hash, size)
    SELECT e.position, e.stream_id, e.revision, e.event_id, e.type, e.schema_version, e.tenant, e.metadata, e.data,
           e.payload, e.hash, octet_length(e.metadata::text) + coalesce(octet_length(e.payload), octet_length(e.data::text))
      FROM unnest(positions, streams, revisions, p_ids, p_types, p_versions, p_tenants, p_metadata, p_data, p_payloads, chain)
        AS e(position, stream_id, revision, event_id, type, schema_version, tenant, metadata, data, payload, hash)
     WHERE e.position IS NOT NULL;
    PERFORM pg_notify('${LOG_CHANNEL}', pos::text);
  END IF;
  results := array_to_string(answers, ' ');
  SELECT coalesce(string_agg(c.hash, '' ORDER BY c.ord), '') INTO hashes
    FROM unnest(chain) WITH ORDINALITY AS c(hash, ord);
END $$;
`;
