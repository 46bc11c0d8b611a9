import type { SqlClient } from '@odometer/projections';
import { BloomFilter } from './bloom-filter.js';
import { WORD_BYTES, wordsOf } from './entry-order.js';
import { FreshEntries } from './fresh-entries.js';
import { RunMerge } from './run-merge.js';
import { writePages } from './run-pages.js';
import {
  MERGE_STEP_ENTRIES_MIN,
  MERGE_STEP_FACTOR,
  RUN_BYTES_FRESH_MAX,
  RUN_BYTES_KEPT_MAX,
  RUN_ENTRIES_MAX,
  RUNS_PER_LEVEL,
  type RunFormat,
} from './run-format.js';

interface Run {
  readonly id: string;
  readonly level: number;
  readonly entries: number;
  readonly filter: BloomFilter | null;
  /** Taking part in a merge that has not finished; still the one to read. */
  merging: boolean;
  /** The entries, until they are merged; null where they are only in the table. */
  kept: Buffer | null;
}

/**
 * A log-structured set of fixed-width entries: each batch becomes one sorted, immutable run of pages, and runs of one level are
 * merged into one of the next. Inserting costs a sequential write whatever the size of the set, where a B-tree of random keys
 * pays a random page for each entry.
 *
 * One object serves one shard of one read model and is owned by that shard's handler, within whose transaction everything is
 * written. After a rollback it must be thrown away.
 */
export class SortedRuns {
  private runs: Run[] = [];
  private readonly fresh: FreshEntries;
  private merges: RunMerge[] = [];
  private keptBytes = 0;

  private constructor(
    private readonly format: RunFormat,
    private readonly schema: string,
    private readonly shard: number,
  ) {
    this.fresh = new FreshEntries(format);
  }

  static async load(
    sql: SqlClient,
    format: RunFormat,
    place: { readonly schema: string; readonly shard: number },
  ): Promise<SortedRuns> {
    const set = new SortedRuns(format, place.schema, place.shard);
    await set.dropUnfinished(sql);
    const { rows } = await sql.query<{
      id: string;
      level: number;
      entries: string;
      filter: Buffer | null;
    }>(
      `SELECT id, level, entries, filter FROM ${set.table('run')} WHERE shard = $1 AND live ORDER BY id`,
      [set.shard],
    );
    set.runs = rows.map((row) => ({
      id: row.id,
      level: row.level,
      entries: Number(row.entries),
      filter: row.filter === null ? null : BloomFilter.of(row.filter),
      merging: false,
      kept: null,
    }));
    return set;
  }

  get runCount(): number {
    return this.runs.length;
  }

  /** Adds entries that are sorted. They are found at once, and written with the next `flush`, or before when there are many. */
  async insert(sql: SqlClient, entries: Buffer): Promise<void> {
    this.fresh.add(entries);
    if (this.fresh.bytes >= RUN_BYTES_FRESH_MAX) await this.flush(sql);
  }

  /** Writes what was inserted as one new run, and moves merges on. To be called before the transaction ends. */
  async flush(sql: SqlClient): Promise<void> {
    const entries = this.fresh.take();
    const count = entries.length / this.format.entryBytes;
    if (count > 0) {
      const filter = this.filterOf(entries);
      const id = await this.createRun(sql, { level: 0, entries: count, filter, live: true });
      await writePages(sql, this.table('page'), this.format, { run: id, entries });
      const kept = this.keep(entries);
      this.runs.push({ id, level: 0, entries: count, filter, merging: false, kept });
    }
    await this.moveMergesOn(sql, Math.max(MERGE_STEP_ENTRIES_MIN, count * MERGE_STEP_FACTOR));
  }

  /**
   * Which of these entries' keys are present: index in `entries` → the stored entry. Only for filtered formats.
   */
  async find(sql: SqlClient, entries: Buffer): Promise<Map<number, Buffer>> {
    const found = this.fresh.find(entries);
    const suspects = this.suspects(entries);
    if (suspects.index.length === 0) return found;
    const { keyBytes, entryBytes } = this.format;
    const { rows } = await sql.query<{ i: number; at: number; entry: Buffer }>(
      // The pages of a key's place are looked through once each, not for every mention of what is found.
      `SELECT c.i, f.at, substring(p.entries FROM f.at FOR ${entryBytes}) AS entry
         FROM unnest($1::int[], $2::bigint[], $3::bytea[]) AS c(i, run, key)
        CROSS JOIN LATERAL (
          SELECT entries FROM ${this.table('page')}
           WHERE run = c.run AND first_key <= c.key ORDER BY first_key DESC LIMIT 1
        ) AS p
        CROSS JOIN LATERAL (SELECT position(c.key IN p.entries) AS at OFFSET 0) AS f
        WHERE f.at > 0`,
      [
        suspects.index,
        suspects.run,
        suspects.index.map((i) => entries.subarray(i * entryBytes, i * entryBytes + keyBytes)),
      ],
    );
    for (const row of rows) {
      // Bytes of a key could in principle stand across two entries: only an aligned hit is one.
      if ((row.at - 1) % entryBytes === 0) found.set(row.i, row.entry);
    }
    return found;
  }

  private suspects(entries: Buffer): { index: number[]; run: string[] } {
    const index: number[] = [];
    const run: string[] = [];
    const words = wordsOf(entries);
    const wordsPerEntry = this.format.entryBytes / WORD_BYTES;
    for (const { id, filter } of this.runs) {
      const suspects =
        filter?.suspects(words, wordsPerEntry) ??
        Array.from({ length: words.length / wordsPerEntry }, (_, i) => i);
      for (const suspect of suspects) {
        index.push(suspect);
        run.push(id);
      }
    }
    return { index, run };
  }

  private filterOf(entries: Buffer): BloomFilter | null {
    if (!this.format.filtered) return null;
    const { entryBytes } = this.format;
    const filter = BloomFilter.forKeys(entries.length / entryBytes);
    filter.addAll(wordsOf(entries), entryBytes / WORD_BYTES);
    return filter;
  }

  private keep(entries: Buffer): Buffer | null {
    if (this.keptBytes + entries.length > RUN_BYTES_KEPT_MAX) return null;
    this.keptBytes += entries.length;
    return entries;
  }

  private async moveMergesOn(sql: SqlClient, budget: number): Promise<void> {
    await this.startMerges(sql);
    for (const merge of [...this.merges]) {
      const done = await merge.step(sql, budget);
      if (!done) continue;
      await this.finishMerge(sql, merge);
      await this.startMerges(sql);
    }
  }

  private async startMerges(sql: SqlClient): Promise<void> {
    const levels = new Set(this.runs.map((run) => run.level));
    for (const level of levels) {
      if (this.merges.some((merge) => merge.level === level)) continue;
      const sources = this.runs
        .filter((run) => run.level === level && !run.merging)
        .slice(0, RUNS_PER_LEVEL);
      const total = sources.reduce((sum, run) => sum + run.entries, 0);
      if (sources.length < RUNS_PER_LEVEL || total > RUN_ENTRIES_MAX) continue;
      const id = await this.createRun(sql, {
        level: level + 1,
        entries: total,
        filter: null,
        live: false,
      });
      this.merges.push(
        new RunMerge(this.format, this.table('page'), {
          target: id,
          level,
          sources: sources.map(({ id: run, kept }) => ({ run, kept })),
          filter: this.format.filtered ? BloomFilter.forKeys(total) : null,
        }),
      );
      for (const run of sources) {
        run.merging = true;
        this.keptBytes -= run.kept?.length ?? 0;
        run.kept = null;
      }
    }
  }

  private async finishMerge(sql: SqlClient, merge: RunMerge): Promise<void> {
    this.merges = this.merges.filter((other) => other !== merge);
    const filter = merge.filter;
    await sql.query(
      `UPDATE ${this.table('run')} SET live = true, filter = $2, entries = $3 WHERE id = $1`,
      [merge.target, filter?.bits ?? null, merge.written],
    );
    await this.deleteRuns(sql, merge.sources);
    const target = {
      id: merge.target,
      level: merge.level + 1,
      entries: merge.written,
      filter,
      merging: false,
      kept: null,
    };
    this.runs = [target, ...this.runs.filter((run) => !merge.sources.includes(run.id))];
  }

  private async createRun(
    sql: SqlClient,
    run: { level: number; entries: number; filter: BloomFilter | null; live: boolean },
  ): Promise<string> {
    const { rows } = await sql.query<{ id: string }>(
      `INSERT INTO ${this.table('run')} (shard, level, live, entries, filter) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [this.shard, run.level, run.live, run.entries, run.filter?.bits ?? null],
    );
    return rows[0]!.id;
  }

  /** A merge that a crash or a rollback of the owner interrupted is started anew: its sources are still complete. */
  private async dropUnfinished(sql: SqlClient): Promise<void> {
    const { rows } = await sql.query<{ id: string }>(
      `SELECT id FROM ${this.table('run')} WHERE shard = $1 AND NOT live`,
      [this.shard],
    );
    await this.deleteRuns(
      sql,
      rows.map((row) => row.id),
    );
  }

  private async deleteRuns(sql: SqlClient, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await sql.query(`DELETE FROM ${this.table('page')} WHERE run = ANY($1::bigint[])`, [ids]);
    await sql.query(`DELETE FROM ${this.table('run')} WHERE id = ANY($1::bigint[])`, [ids]);
  }

  private table(part: 'run' | 'page'): string {
    return `${this.schema}.${this.format.name}_${part}`;
  }
}
