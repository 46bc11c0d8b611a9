import type { SqlClient } from '@odometer/projections';
import type { BloomFilter } from './bloom-filter.js';
import { countBelow, mergeEntries, WORD_BYTES, wordsOf } from './entry-order.js';
import { writePages } from './run-pages.js';
import type { RunFormat } from './run-format.js';

/** Pages read from each source at a time. */
const PAGES_PER_READ = 64;

/** A source, read front to back: what is loaded and not merged yet, and how far reading has come. */
interface Source {
  readonly run: string;
  loaded: Buffer;
  lastPageKey: Buffer | null;
  exhausted: boolean;
}

/**
 * Merges runs into one, a bounded number of entries at a step, so that no transaction of the shard takes long. The sources are
 * immutable and stay in use until the merge is done.
 */
export class RunMerge {
  readonly target: string;
  readonly level: number;
  readonly sources: readonly string[];
  readonly filter: BloomFilter | null;
  /** Entries of the target so far. */
  written = 0;
  private readonly streams: Source[];
  /** Merged entries that do not fill a page yet. */
  private carried = Buffer.alloc(0);

  constructor(
    private readonly format: RunFormat,
    private readonly pageTable: string,
    merge: {
      target: string;
      level: number;
      /** With their entries, where these are at hand. */
      sources: readonly { readonly run: string; readonly kept: Buffer | null }[];
      filter: BloomFilter | null;
    },
  ) {
    this.target = merge.target;
    this.level = merge.level;
    this.sources = merge.sources.map(({ run }) => run);
    this.filter = merge.filter;
    this.streams = merge.sources.map(({ run, kept }) => ({
      run,
      loaded: kept ?? Buffer.alloc(0),
      lastPageKey: null,
      exhausted: kept !== null,
    }));
  }

  /** Moves about `budget` entries; true when the merge is complete. */
  async step(sql: SqlClient, budget: number): Promise<boolean> {
    let moved = 0;
    while (moved < budget) {
      for (const stream of this.streams) await this.load(sql, stream);
      const merged = this.takeMerged();
      if (merged.length === 0) {
        await this.write(sql, this.carried);
        this.carried = Buffer.alloc(0);
        return true;
      }
      moved += merged.length / this.format.entryBytes;
      await this.writeWholePages(sql, merged);
    }
    return false;
  }

  private async load(sql: SqlClient, stream: Source): Promise<void> {
    if (stream.exhausted || stream.loaded.length > 0) return;
    const { rows } = await sql.query<{ first_key: Buffer; entries: Buffer }>(
      `SELECT first_key, entries FROM ${this.pageTable}
        WHERE run = $1 AND ($2::bytea IS NULL OR first_key > $2) ORDER BY first_key LIMIT ${PAGES_PER_READ}`,
      [stream.run, stream.lastPageKey],
    );
    stream.exhausted = rows.length < PAGES_PER_READ;
    stream.lastPageKey = rows.at(-1)?.first_key ?? stream.lastPageKey;
    stream.loaded = Buffer.concat(rows.map((row) => row.entries));
  }

  /** Everything loaded that no source can still undercut: up to the lowest last entry of those that go on. */
  private takeMerged(): Buffer {
    const { entryBytes } = this.format;
    const open = this.streams.filter((stream) => !stream.exhausted);
    const lasts = open
      .map((stream) => stream.loaded.subarray(-entryBytes))
      .sort((a, b) => a.compare(b));
    const bound = lasts[0];
    const parts = this.streams.map((stream) => {
      const count =
        bound === undefined
          ? stream.loaded.length / entryBytes
          : countBelow(stream.loaded, entryBytes, bound, true);
      const part = stream.loaded.subarray(0, count * entryBytes);
      stream.loaded = stream.loaded.subarray(count * entryBytes);
      return part;
    });
    return mergeEntries(parts, entryBytes);
  }

  private async writeWholePages(sql: SqlClient, merged: Buffer): Promise<void> {
    const ready = Buffer.concat([this.carried, merged]);
    const pageBytes = this.format.pageEntries * this.format.entryBytes;
    const whole = ready.length - (ready.length % pageBytes);
    await this.write(sql, ready.subarray(0, whole));
    this.carried = ready.subarray(whole);
  }

  private async write(sql: SqlClient, entries: Buffer): Promise<void> {
    if (entries.length === 0) return;
    await writePages(sql, this.pageTable, this.format, { run: this.target, entries });
    const { entryBytes } = this.format;
    this.written += entries.length / entryBytes;
    this.filter?.addAll(wordsOf(entries), entryBytes / WORD_BYTES);
  }
}
