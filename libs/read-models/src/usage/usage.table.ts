import { IDENTITY_RUNS, POSTING_RUNS } from './run-formats.js';
import { runTables } from './sorted-runs/run-format.js';

/**
 * Tables of the usage read model.
 *
 * - `meter`: the meter versions each shard counts; `series`: one row for each combination that usage of an event code is kept apart
 *   by; `bucket`: one row for a series and UTC day, with the states of its hours for each meter of the code.
 * - `identity_*`: which (tenant, subject, transaction id) has been seen and where; `posting_*`: where a subject's records lie.
 * - `set_aside`: records that do not count, and why: repeats of an identity, and what corrections took back; `uncounted`: what a meter
 *   could not count, by reason.
 * - `correction`: voids and amendments, with the record that each is about; `effective` is false where the record was void already.
 * - `segment`, `code_tally`: what the log holds, one row for a segment, and for an event code and status; `late_limit`: how late records
 *   may be, where a tenant has said so.
 */
export const usageTables = (schema: string): string => `
  CREATE TABLE ${schema}.meter (
    tenant text NOT NULL,
    code text NOT NULL,
    version int NOT NULL,
    shard int NOT NULL,
    live boolean NOT NULL,
    definition jsonb NOT NULL,
    PRIMARY KEY (tenant, code, version, shard)
  );
  CREATE TABLE ${schema}.series (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    code text NOT NULL,
    customer text,
    subscription text,
    entity text,
    -- Group-by keys and the values for them; both null for the series of totals.
    keys text[],
    dimensions text[]
  );
  CREATE INDEX ON ${schema}.series (tenant, code, customer) WHERE customer IS NOT NULL;
  CREATE INDEX ON ${schema}.series (tenant, code, subscription) WHERE subscription IS NOT NULL;
  CREATE INDEX ON ${schema}.series (tenant, customer COLLATE "C") WHERE keys IS NULL AND subscription IS NULL AND customer IS NOT NULL;
  CREATE INDEX ON ${schema}.series (tenant, subscription COLLATE "C") WHERE keys IS NULL AND subscription IS NOT NULL;
  CREATE TABLE ${schema}.bucket (
    series uuid NOT NULL,
    day int NOT NULL,
    hours text NOT NULL,
    PRIMARY KEY (series, day)
  ) WITH (fillfactor = 80);
  ${exceptionTables(schema)}
  CREATE TABLE ${schema}.segment (
    position bigint PRIMARY KEY,
    tenant text NOT NULL,
    shard int NOT NULL,
    records int NOT NULL
  );
  CREATE INDEX ON ${schema}.segment (tenant, position);
  CREATE TABLE ${schema}.code_tally (
    tenant text NOT NULL,
    shard int NOT NULL,
    code text NOT NULL,
    status text NOT NULL,
    records bigint NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    PRIMARY KEY (tenant, shard, code, status)
  ) WITH (fillfactor = 50);
  CREATE TABLE ${schema}.late_limit (
    tenant text NOT NULL,
    shard int NOT NULL,
    days int NOT NULL,
    PRIMARY KEY (tenant, shard)
  );
  ${runTables(schema, IDENTITY_RUNS)}
  ${runTables(schema, POSTING_RUNS)}
`;

/** What does not count, and why. */
const exceptionTables = (schema: string): string => `
  CREATE TABLE ${schema}.set_aside (
    tenant text NOT NULL,
    shard int NOT NULL,
    position bigint NOT NULL,
    index int NOT NULL,
    status text NOT NULL,
    original_position bigint NOT NULL,
    original_index int NOT NULL,
    -- A conflict whose original was corrected afterwards: somebody has dealt with it.
    settled boolean NOT NULL,
    PRIMARY KEY (position, index)
  );
  CREATE INDEX ON ${schema}.set_aside (original_position, original_index);
  CREATE TABLE ${schema}.correction (
    position bigint PRIMARY KEY,
    tenant text NOT NULL,
    shard int NOT NULL,
    type text NOT NULL,
    original_position bigint NOT NULL,
    original_index int NOT NULL,
    effective boolean NOT NULL
  );
  CREATE INDEX ON ${schema}.correction (original_position, original_index);
  CREATE TABLE ${schema}.uncounted (
    tenant text NOT NULL,
    meter text NOT NULL,
    version int NOT NULL,
    shard int NOT NULL,
    reason text NOT NULL,
    records bigint NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    PRIMARY KEY (tenant, meter, version, shard, reason)
  );
`;
