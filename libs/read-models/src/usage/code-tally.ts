import { sendTo, type SqlClient } from '@odometer/projections';
import type { SetAsideRecord } from './set-aside.js';
import {
  batchIndexOf,
  partOf,
  positionOf,
  type BatchPart,
  type UsageBatch,
} from './usage-batch.js';

/** Of which records there are tallies: those that count, and those whose sender has to do something about them. */
export type TalliedStatus = 'accepted' | 'conflict' | 'late_beyond_limit';

const TALLIED: ReadonlySet<string> = new Set<TalliedStatus>([
  'accepted',
  'conflict',
  'late_beyond_limit',
]);

interface Tally {
  readonly tenant: string;
  readonly code: string;
  readonly status: TalliedStatus;
  records: number;
  /** Positions of the first and last record that was added; null when records were only taken out. */
  first: number | null;
  last: number | null;
}

/** How many records of each event code a shard holds, by status, and where the first and the last stand in the log. */
export class CodeTally {
  /** What the running batch adds. */
  private readonly fresh = new Map<string, Tally>();
  /** Position of the first record of a code that counts. */
  private readonly firstPositions = new Map<string, number>();

  private constructor(
    private readonly schema: string,
    private readonly shard: number,
  ) {}

  static async load(
    sql: SqlClient,
    place: { readonly schema: string; readonly shard: number },
  ): Promise<CodeTally> {
    const tally = new CodeTally(place.schema, place.shard);
    const { rows } = await sql.query<{ tenant: string; code: string; first_position: string }>(
      `SELECT tenant, code, first_position FROM ${place.schema}.code_tally WHERE shard = $1 AND status = 'accepted'`,
      [place.shard],
    );
    for (const row of rows)
      tally.firstPositions.set(`${row.tenant}\0${row.code}`, Number(row.first_position));
    return tally;
  }

  /** Position of the first segment with a record of the code that counts, or counted; undefined when there is none. */
  firstPosition(tenant: string, code: string): number | undefined {
    return this.firstPositions.get(`${tenant}\0${code}`);
  }

  /** Adds the records of a batch: those that count, and of the others those that were set aside for something to be done. */
  addBatch(batch: UsageBatch, counts: Uint8Array, setAside: readonly SetAsideRecord[]): void {
    for (const part of batch.parts) this.addPart(batch, part, counts);
    for (const { place, status } of setAside) {
      if (!TALLIED.has(status)) continue;
      const index = batchIndexOf(batch, place);
      const { tenant, base, columns } = partOf(batch, index);
      const { of: codes, index: codeOf } = columns.codes;
      const code = codes[codeOf[index - base]!]!;
      const tally = this.tally(tenant, code, status as TalliedStatus);
      this.see(tally, place.position);
      tally.records += 1;
    }
  }

  /** Takes a record out that a correction took back. When such records were seen first and last stays said. */
  take(tenant: string, code: string, status: TalliedStatus): void {
    this.tally(tenant, code, status).records -= 1;
  }

  async flush(sql: SqlClient): Promise<void> {
    if (this.fresh.size === 0) return;
    const rows = JSON.stringify([...this.fresh.values()]);
    await sendTo(
      sql,
      `INSERT INTO ${this.schema}.code_tally AS t
         (tenant, shard, code, status, records, first_position, last_position)
       SELECT tenant, $2, code, status, records, first, last
         FROM json_to_recordset($1) AS r(tenant text, code text, status text, records bigint, first bigint, last bigint)
        WHERE first IS NOT NULL ORDER BY tenant, code, status
       ON CONFLICT (tenant, shard, code, status) DO UPDATE SET
         records = t.records + excluded.records,
         last_position = greatest(t.last_position, excluded.last_position)`,
      [rows, this.shard],
    );
    await this.flushTaken(sql);
    this.fresh.clear();
  }

  /** What was only taken out has a row already. */
  private async flushTaken(sql: SqlClient): Promise<void> {
    const taken = [...this.fresh.values()].filter(({ first }) => first === null);
    if (taken.length === 0) return;
    await sendTo(
      sql,
      `UPDATE ${this.schema}.code_tally t SET records = t.records + r.records
         FROM json_to_recordset($1) AS r(tenant text, code text, status text, records bigint)
        WHERE t.shard = $2 AND t.tenant = r.tenant AND t.code = r.code AND t.status = r.status`,
      [JSON.stringify(taken), this.shard],
    );
  }

  private addPart(
    batch: UsageBatch,
    { tenant, base, columns }: BatchPart,
    counts: Uint8Array,
  ): void {
    const { of: codes, index: codeOf } = columns.codes;
    const [numbers, firsts, lasts] = [0, 0, 0].map(() => new Int32Array(codes.length));
    for (let index = 0; index < codeOf.length; index += 1) {
      if (counts[base + index] !== 1) continue;
      const code = codeOf[index]!;
      if (numbers![code] === 0) firsts![code] = base + index;
      lasts![code] = base + index;
      numbers![code]! += 1;
    }
    codes.forEach((code, i) => {
      if (numbers![i] === 0) return;
      const tally = this.accepted(tenant, code!, positionOf(batch, firsts![i]!));
      this.see(tally, positionOf(batch, lasts![i]!));
      tally.records += numbers![i]!;
    });
  }

  private accepted(tenant: string, code: string, position: number): Tally {
    const key = `${tenant}\0${code}`;
    if (!this.firstPositions.has(key)) this.firstPositions.set(key, position);
    const tally = this.tally(tenant, code, 'accepted');
    this.see(tally, position);
    return tally;
  }

  private see(tally: Tally, position: number): void {
    tally.first = Math.min(tally.first ?? position, position);
    tally.last = Math.max(tally.last ?? position, position);
  }

  private tally(tenant: string, code: string, status: TalliedStatus): Tally {
    const key = `${tenant}\0${code}\0${status}`;
    let tally = this.fresh.get(key);
    if (tally === undefined) {
      tally = { tenant, code, status, records: 0, first: null, last: null };
      this.fresh.set(key, tally);
    }
    return tally;
  }
}
