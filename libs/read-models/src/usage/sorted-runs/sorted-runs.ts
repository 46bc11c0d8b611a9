import type { SqlClient } from '@odometer/projections';
import { BloomFilter } from './bloom-filter.js';
import { sortEntries, WORD_BYTES, wordsOf } from './entry-order.js';
import { EntryRoom } from './entry-room.js';
import { FreshEntries } from './fresh-entries.js';
import { MergeSchedule } from './merge-schedule.js';
import {
  MERGE_STEP_ENTRIES_MIN,
  MERGE_STEP_FACTOR,
  RUN_BYTES_FRESH_MAX,
  RUN_BYTES_KEPT_MAX,
  type RunFormat,
} from './run-format.js';
import { findInRuns } from './run-lookup.js';
import { RunTable, type Run } from './run-table.js';

interface RunPlace {
  readonly schema: string;
  readonly shard: number;
  /** For entries that are sorted; sets of which only one sorts at a time may have the same. */
  readonly room?: EntryRoom;
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
  private readonly fresh: FreshEntries;
  private readonly merges: MergeSchedule;

  private constructor(
    private readonly format: RunFormat,
    private readonly table: RunTable,
    private readonly room: EntryRoom,
    private runs: readonly Run[],
  ) {
    this.fresh = new FreshEntries(format);
    this.merges = new MergeSchedule(format, table);
  }

  static async load(sql: SqlClient, format: RunFormat, place: RunPlace): Promise<SortedRuns> {
    const table = new RunTable(format, place);
    return new SortedRuns(format, table, place.room ?? new EntryRoom(), await table.load(sql));
  }

  get runCount(): number {
    return this.runs.length;
  }

  /** A sorted copy of entries; valid until others are sorted in this room. */
  sorted(entries: Buffer): Buffer {
    return sortEntries(entries, this.format.entryBytes, this.room);
  }

  /** Adds entries that are sorted, in pieces or whole. They are found at once, and written with the next `flush`, or when there are too many with what comes. */
  async insert(sql: SqlClient, pieces: readonly Buffer[]): Promise<void> {
    const bytes = pieces.reduce((sum, { length }) => sum + length, this.fresh.bytes);
    if (bytes > RUN_BYTES_FRESH_MAX) await this.flush(sql);
    this.fresh.add(pieces);
  }

  /** Writes what was inserted as one new run, and moves merges on. To be called before the transaction ends. */
  async flush(sql: SqlClient): Promise<void> {
    const entries = this.fresh.take();
    const count = entries.length / this.format.entryBytes;
    if (count > 0) {
      const filter = this.filterOf(entries);
      const id = await this.table.write(sql, entries, filter);
      const kept = this.hasRoomFor(entries) ? Buffer.from(new Uint8Array(entries).buffer) : null;
      const run = { id, level: 0, entries: count, filter, merging: false, kept };
      this.runs = [...this.runs, run];
    }
    const budget = Math.max(MERGE_STEP_ENTRIES_MIN, count * MERGE_STEP_FACTOR);
    this.runs = await this.merges.moveOn(sql, this.runs, budget);
  }

  /** To be called when what was written is with the database, before more is inserted: its room is used again. */
  settled(): void {
    this.fresh.settled();
  }

  /** Which of these entries' keys are present: index in `entries` → the stored entry. Only for filtered formats. */
  async find(sql: SqlClient, entries: Buffer): Promise<Map<number, Buffer>> {
    const found = this.fresh.find(entries);
    const { format, runs } = this;
    const written = await findInRuns(sql, { format, pages: this.table.pages, runs }, entries);
    for (const [index, entry] of written) found.set(index, entry);
    return found;
  }

  private filterOf(entries: Buffer): BloomFilter | null {
    if (!this.format.filtered) return null;
    const { entryBytes } = this.format;
    const filter = BloomFilter.forKeys(entries.length / entryBytes);
    filter.addAll(wordsOf(entries), entryBytes / WORD_BYTES);
    return filter;
  }

  /** Whether they can be kept beside what is kept of other runs. */
  private hasRoomFor(entries: Buffer): boolean {
    const kept = this.runs.reduce((sum, run) => sum + (run.kept?.length ?? 0), 0);
    return kept + entries.length <= RUN_BYTES_KEPT_MAX;
  }
}
