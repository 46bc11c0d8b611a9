import type { SqlClient } from '@odometer/projections';
import { BloomFilter } from './bloom-filter.js';
import type { RunFormat } from './run-format.js';
import { writePages } from './run-pages.js';

/** A sorted, immutable run of entries. */
export interface Run {
  readonly id: string;
  readonly level: number;
  readonly entries: number;
  readonly filter: BloomFilter | null;
  /** Taking part in a merge that has not finished; still the one to read. */
  merging: boolean;
  /** The entries, until they are merged; null where they are only in the table. */
  kept: Buffer | null;
}

interface StoredRun {
  readonly id: string;
  readonly level: number;
  readonly entries: string;
  readonly filter: Buffer | null;
}

/** The runs of one shard as the tables have them. One that is being merged into is there and not `live`. */
export class RunTable {
  readonly pages: string;
  private readonly runs: string;
  private readonly shard: number;

  constructor(
    private readonly format: RunFormat,
    { schema, shard }: { readonly schema: string; readonly shard: number },
  ) {
    this.pages = `${schema}.${format.name}_page`;
    this.runs = `${schema}.${format.name}_run`;
    this.shard = shard;
  }

  /** What is live. A merge that a crash or a rollback of the owner interrupted is started anew: its sources are still complete. */
  async load(sql: SqlClient): Promise<Run[]> {
    await this.dropUnfinished(sql);
    const { rows } = await sql.query<StoredRun>(
      `SELECT id, level, entries, filter FROM ${this.runs} WHERE shard = $1 AND live ORDER BY id`,
      [this.shard],
    );
    return rows.map((row) => ({
      id: row.id,
      level: row.level,
      entries: Number(row.entries),
      filter: row.filter === null ? null : BloomFilter.of(row.filter),
      merging: false,
      kept: null,
    }));
  }

  /** Writes sorted entries as a run of the lowest level. */
  async write(sql: SqlClient, entries: Buffer, filter: BloomFilter | null): Promise<string> {
    const count = entries.length / this.format.entryBytes;
    const run = await this.create(sql, { level: 0, entries: count, filter, live: true });
    await writePages(sql, this.pages, this.format, { run, entries });
    return run;
  }

  /** A run that nobody reads until it is complete. */
  begin(
    sql: SqlClient,
    run: { readonly level: number; readonly entries: number },
  ): Promise<string> {
    return this.create(sql, { ...run, filter: null, live: false });
  }

  async complete(sql: SqlClient, { id, filter, entries }: Run): Promise<void> {
    await sql.query(
      `UPDATE ${this.runs} SET live = true, filter = $2, entries = $3 WHERE id = $1`,
      [id, filter?.bits ?? null, entries],
    );
  }

  async delete(sql: SqlClient, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await sql.query(`DELETE FROM ${this.pages} WHERE run = ANY($1::bigint[])`, [ids]);
    await sql.query(`DELETE FROM ${this.runs} WHERE id = ANY($1::bigint[])`, [ids]);
  }

  private async create(
    sql: SqlClient,
    run: { level: number; entries: number; filter: BloomFilter | null; live: boolean },
  ): Promise<string> {
    const { rows } = await sql.query<{ id: string }>(
      `INSERT INTO ${this.runs} (shard, level, live, entries, filter) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [this.shard, run.level, run.live, run.entries, run.filter?.bits ?? null],
    );
    return rows[0]!.id;
  }

  private async dropUnfinished(sql: SqlClient): Promise<void> {
    const { rows } = await sql.query<{ id: string }>(
      `SELECT id FROM ${this.runs} WHERE shard = $1 AND NOT live`,
      [this.shard],
    );
    await this.delete(
      sql,
      rows.map((row) => row.id),
    );
  }
}
