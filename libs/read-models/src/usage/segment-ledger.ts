import type { SqlClient } from '@odometer/projections';
import type { UsageBatch } from './usage-batch.js';

/** What of the log a shard has folded: its segments, and where each event code first occurred. */
export class SegmentLedger {
  private readonly firstPositions = new Map<string, number>();

  private constructor(
    private readonly schema: string,
    private readonly shard: number,
  ) {}

  static async load(
    sql: SqlClient,
    place: { readonly schema: string; readonly shard: number },
  ): Promise<SegmentLedger> {
    const ledger = new SegmentLedger(place.schema, place.shard);
    const { rows } = await sql.query<{ tenant: string; code: string; first_position: string }>(
      `SELECT tenant, code, first_position FROM ${place.schema}.event_code WHERE shard = $1`,
      [place.shard],
    );
    for (const row of rows)
      ledger.firstPositions.set(`${row.tenant}\0${row.code}`, Number(row.first_position));
    return ledger;
  }

  /** Position of the first segment with a record of the code; undefined when there is none. */
  firstPosition(tenant: string, code: string): number | undefined {
    return this.firstPositions.get(`${tenant}\0${code}`);
  }

  async add(sql: SqlClient, batch: UsageBatch): Promise<void> {
    await sql.query(
      `INSERT INTO ${this.schema}.segment (position, tenant, shard, records)
       SELECT position, tenant, $1, records FROM unnest($2::bigint[], $3::text[], $4::int[]) AS s(position, tenant, records)`,
      [
        this.shard,
        batch.segments.map(({ position }) => position),
        batch.segments.map(({ tenant }) => tenant),
        batch.segments.map(({ records }) => records.length),
      ],
    );
    await this.addCodes(sql, batch);
  }

  private async addCodes(sql: SqlClient, batch: UsageBatch): Promise<void> {
    for (const { tenant, position, records } of batch.segments) {
      for (const { code } of records) {
        const key = `${tenant}\0${code}`;
        if (this.firstPositions.has(key)) continue;
        this.firstPositions.set(key, position);
        await sql.query(
          `INSERT INTO ${this.schema}.event_code (tenant, shard, code, first_position) VALUES ($1, $2, $3, $4)`,
          [tenant, this.shard, code, position],
        );
      }
    }
  }
}
