import { eraOf, meterAt, type Instant, type Meter } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { meterTag } from './hour-state.js';

/** A meter as the buckets hold it: what its windows are read by, and the tag of its states. */
export interface ReadyMeter {
  readonly meter: Meter;
  readonly tag: string;
}

/**
 * What the buckets say of a meter for windows that end at `end`; `asked` is the version that is valid there. Buckets that do not know it yet
 * answer by what was valid before: the answer's position says that they are behind. Null when they have left it behind, since another
 * version has taken its place: the records then say what it counts.
 */
export async function readyMeter(
  sql: SqlClient,
  schema: string,
  { tenant, asked, end }: { tenant: string; asked: Meter; end: Instant },
): Promise<ReadyMeter | null> {
  // The version that every shard counts that has heard of the meter.
  const { rows } = await sql.query<{ definition: Meter }>(
    `SELECT definition FROM ${schema}.meter
      WHERE tenant = $1 AND code = $2 AND version = (
        SELECT min(v) FROM (SELECT max(version) AS v FROM ${schema}.meter
                             WHERE tenant = $1 AND code = $2 GROUP BY shard) AS by_shard)
      LIMIT 1`,
    [tenant, asked.code],
  );
  const whole = rows[0]?.definition ?? asked;
  const valid = meterAt(whole, end);
  if (valid.version !== asked.version && asked.version <= whole.version) return null;
  const era = eraOf(whole, end);
  const { rounding } = valid;
  return { meter: { ...era.meter, rounding }, tag: meterTag(whole, era) };
}
