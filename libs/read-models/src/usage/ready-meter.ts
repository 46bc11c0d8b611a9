import { eraOf, meterAt, type Instant, type Meter } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { meterTag } from './hour-state.js';

/** A meter as the buckets hold it: what its windows are read by, and the tag of its states. */
export interface ReadyMeter {
  readonly meter: Meter;
  readonly tag: string;
}

/** Meters as the buckets count them, of those that were asked for. */
export class CountedMeters {
  private constructor(private readonly definitions: ReadonlyMap<string, Meter>) {}

  /** Reads all that the questions of one snapshot are about at once: of each the version that every shard counts that has heard of it. */
  static async load(
    sql: SqlClient,
    schema: string,
    requests: readonly { readonly tenant: string; readonly meter: Pick<Meter, 'code'> }[],
  ): Promise<CountedMeters> {
    const { rows } = await sql.query<{ tenant: string; definition: Meter }>({
      // Prepared, since every question about usage asks it.
      name: `odometer_counted_meters_of_${schema}`,
      text: `SELECT DISTINCT ON (tenant, code) tenant, definition
        FROM unnest($1::text[], $2::text[]) asked(tenant, code) JOIN ${schema}.meter m USING (tenant, code)
        WHERE m.version = (
          SELECT min(v) FROM (SELECT max(version) AS v FROM ${schema}.meter
                               WHERE tenant = asked.tenant AND code = asked.code GROUP BY shard) AS by_shard)`,
      values: [requests.map(({ tenant }) => tenant), requests.map(({ meter }) => meter.code)],
    });
    return new CountedMeters(
      new Map(rows.map(({ tenant, definition }) => [keyOf(tenant, definition), definition])),
    );
  }

  /**
   * What the buckets say of a meter for windows that end at `end`; `asked` is the version that is valid there. Buckets that do not know it yet
   * answer by what was valid before: the answer's position says that they are behind. Null when they have left it behind, since another
   * version has taken its place: the records then say what it counts.
   */
  ready({ tenant, asked, end }: { tenant: string; asked: Meter; end: Instant }): ReadyMeter | null {
    const whole = this.definitions.get(keyOf(tenant, asked)) ?? asked;
    const valid = meterAt(whole, end);
    if (valid.version !== asked.version && asked.version <= whole.version) return null;
    const era = eraOf(whole, end);
    const { rounding } = valid;
    return { meter: { ...era.meter, rounding }, tag: meterTag(whole, era) };
  }
}

const keyOf = (tenant: string, { code }: Pick<Meter, 'code'>): string => `${tenant}\0${code}`;
