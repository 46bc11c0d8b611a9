import type { SqlClient } from '@odometer/projections';
import type { CountingMeter } from './meter-set.js';

interface Tally {
  readonly tenant: string;
  readonly meter: string;
  readonly version: number;
  readonly reason: string;
  records: number;
  readonly first_position: number;
  last_position: number;
}

/** Records that a meter saw and could not count, by reason: kept, so that nothing goes missing in silence. */
export class Uncounted {
  private readonly tallies = new Map<string, Tally>();

  constructor(
    private readonly schema: string,
    private readonly shard: number,
  ) {}

  add({ tenant, meter, version }: CountingMeter, reason: string, position: number): void {
    const key = `${tenant}\0${meter.code}@${version}\0${reason}`;
    const tally = this.tallies.get(key);
    if (tally === undefined) {
      this.tallies.set(key, {
        tenant,
        meter: meter.code,
        version,
        reason,
        records: 1,
        first_position: position,
        last_position: position,
      });
      return;
    }
    tally.records += 1;
    tally.last_position = position;
  }

  /** Takes a record out again that a correction took back; when it was seen last and first stays said. */
  async take(
    sql: SqlClient,
    { tenant, meter, version }: CountingMeter,
    reason: string,
  ): Promise<void> {
    await this.flush(sql);
    const key = [tenant, meter.code, version, this.shard, reason];
    await sql.query(
      `UPDATE ${this.schema}.uncounted SET records = records - 1
        WHERE tenant = $1 AND meter = $2 AND version = $3 AND shard = $4 AND reason = $5`,
      key,
    );
    await sql.query(
      `DELETE FROM ${this.schema}.uncounted
        WHERE tenant = $1 AND meter = $2 AND version = $3 AND shard = $4 AND reason = $5 AND records = 0`,
      key,
    );
  }

  async flush(sql: SqlClient): Promise<void> {
    if (this.tallies.size === 0) return;
    await sql.query(
      `INSERT INTO ${this.schema}.uncounted AS u
         (tenant, meter, version, shard, reason, records, first_position, last_position)
       SELECT tenant, meter, version, $2, reason, records, first_position, last_position
         FROM json_populate_recordset(NULL::${this.schema}.uncounted, $1)
       ON CONFLICT (tenant, meter, version, shard, reason) DO UPDATE SET
         records = u.records + excluded.records,
         first_position = least(u.first_position, excluded.first_position),
         last_position = greatest(u.last_position, excluded.last_position)`,
      [JSON.stringify([...this.tallies.values()]), this.shard],
    );
    this.tallies.clear();
  }
}
