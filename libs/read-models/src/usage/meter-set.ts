import {
  compileMeter,
  countedEras,
  type CompiledMeter,
  type CountedEra,
  type Instant,
  type Meter,
  type MeterEvent,
} from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { meterTag } from './hour-state.js';
import type { CodeScope } from './series.js';

/** A meter, or one of its eras where its versions count in different ways. */
export interface CountingMeter extends CompiledMeter {
  readonly tenant: string;
  readonly tag: string;
  /** Of the meter as a whole. */
  readonly version: number;
  /** Whether it is this era's to say that a record from then cannot be counted: each record is in one era. */
  readonly owns: (record: { readonly timestamp: Instant }) => boolean;
}

/** The meters that look at one event code. The object stays the same while they change. */
export interface CodeMeters extends CodeScope {
  meters: readonly CountingMeter[];
}

/** The meters one shard counts, as of its place in the log. */
export class MeterSet {
  /** By tenant, then by event code. */
  private readonly byCode = new Map<string, Map<string, CodeMeters>>();

  private constructor(
    private readonly schema: string,
    private readonly shard: number,
  ) {}

  static async load(
    sql: SqlClient,
    place: { readonly schema: string; readonly shard: number },
  ): Promise<MeterSet> {
    const set = new MeterSet(place.schema, place.shard);
    const { rows } = await sql.query<{ tenant: string; definition: Meter }>(
      `SELECT tenant, definition FROM ${place.schema}.meter WHERE shard = $1 AND live ORDER BY tenant, code`,
      [place.shard],
    );
    for (const row of rows) set.add(row.tenant, row.definition);
    return set;
  }

  /** Undefined when no meter has ever looked at the code. */
  ofCode(tenant: string, code: string): CodeMeters | undefined {
    return this.byCode.get(tenant)?.get(code);
  }

  /** Takes in a change. Answers the eras of the meter whose history has to be counted now, if any. */
  async change(sql: SqlClient, tenant: string, event: MeterEvent): Promise<CountingMeter[]> {
    if (event.type !== 'MeterArchived' && (await this.rename(sql, tenant, event.data))) return [];
    this.remove(tenant, event.data.code);
    await sql.query(
      `UPDATE ${this.schema}.meter SET live = false WHERE tenant = $1 AND code = $2 AND shard = $3 AND live`,
      [tenant, event.data.code, this.shard],
    );
    if (event.type === 'MeterArchived') return [];
    const meter = event.data;
    await sql.query(
      `INSERT INTO ${this.schema}.meter (tenant, code, version, shard, live, definition) VALUES ($1, $2, $3, $4, true, $5)`,
      [tenant, meter.code, meter.version, this.shard, JSON.stringify(meter)],
    );
    return this.add(tenant, meter);
  }

  /** A revision of the same version changes nothing of what is counted: its series go on. */
  private async rename(sql: SqlClient, tenant: string, meter: Meter): Promise<boolean> {
    const { rowCount } = await sql.query(
      `UPDATE ${this.schema}.meter SET definition = $5
        WHERE tenant = $1 AND code = $2 AND version = $3 AND shard = $4 AND live`,
      [tenant, meter.code, meter.version, this.shard, JSON.stringify(meter)],
    );
    return rowCount === 1;
  }

  private add(tenant: string, meter: Meter): CountingMeter[] {
    const codes = this.byCode.get(tenant) ?? new Map<string, CodeMeters>();
    this.byCode.set(tenant, codes);
    const code = meter.eventCode;
    const scope = codes.get(code) ?? { tenant, code, meters: [] };
    codes.set(code, scope);
    const counting = countedEras(meter).map((era) => countingMeter(tenant, meter, era));
    scope.meters = [...scope.meters, ...counting];
    return counting;
  }

  private remove(tenant: string, code: string): void {
    for (const scope of this.byCode.get(tenant)?.values() ?? []) {
      scope.meters = scope.meters.filter(({ meter }) => meter.code !== code);
    }
  }
}

function countingMeter(tenant: string, meter: Meter, era: CountedEra): CountingMeter {
  const { from, until } = era;
  const compiled = compileMeter(era.meter);
  return {
    ...compiled,
    tenant,
    // An era that ends does not see every record.
    plainField: until === Infinity ? compiled.plainField : undefined,
    tag: meterTag(meter, era),
    version: meter.version,
    matches:
      until === Infinity
        ? compiled.matches
        : (record) => record.timestamp < until && compiled.matches(record),
    owns: ({ timestamp }) => from <= timestamp && timestamp < until,
  };
}
