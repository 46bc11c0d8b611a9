import { BloomFilter } from './bloom-filter.js';
import { countBelow, mergeEntries, WORD_BYTES, wordsOf } from './entry-order.js';
import type { RunFormat } from './run-format.js';

/** A part that is at least this share of the one before is merged with it: there are few parts, and an entry is moved seldom. */
const MERGED_SHARE = 0.5;

/** Entries that are not written yet: sorted parts, each much shorter than the one before. */
export class FreshEntries {
  private readonly parts: Buffer[] = [];
  private filter: BloomFilter | null = null;
  /** Entries that the filter is made for. */
  private filterSize = 0;
  bytes = 0;

  constructor(private readonly format: RunFormat) {}

  add(entries: Buffer): void {
    if (entries.length === 0) return;
    this.bytes += entries.length;
    if (this.filter !== null && this.count <= this.filterSize) this.addTo(this.filter, entries);
    else this.filter = null;
    this.parts.push(entries);
    while (this.shouldMerge()) this.mergeLast(2);
  }

  /** All of them, in order; none is left. */
  take(): Buffer {
    this.mergeLast(this.parts.length);
    const all = this.parts.pop() ?? Buffer.alloc(0);
    this.filter = null;
    this.bytes = 0;
    return all;
  }

  /** Which of these entries' keys are present: index in `entries` → the entry that is here. None in formats without a filter. */
  find(entries: Buffer): Map<number, Buffer> {
    const found = new Map<number, Buffer>();
    if (this.parts.length === 0 || !this.format.filtered) return found;
    const { entryBytes, keyBytes } = this.format;
    this.filter ??= this.newFilter();
    for (const index of this.filter.suspects(wordsOf(entries), entryBytes / WORD_BYTES)) {
      const at = index * entryBytes;
      const entry = this.lookUp(entries.subarray(at, at + keyBytes));
      if (entry !== undefined) found.set(index, entry);
    }
    return found;
  }

  private lookUp(key: Buffer): Buffer | undefined {
    const { entryBytes } = this.format;
    for (const part of this.parts) {
      const at = countBelow(part, entryBytes, key, false) * entryBytes;
      const entry = part.subarray(at, at + entryBytes);
      if (entry.length > 0 && key.equals(entry.subarray(0, key.length))) return entry;
    }
    return undefined;
  }

  private get count(): number {
    return this.bytes / this.format.entryBytes;
  }

  /** With room for as many again. */
  private newFilter(): BloomFilter {
    this.filterSize = this.count * 2;
    const filter = BloomFilter.forKeys(this.filterSize);
    for (const part of this.parts) this.addTo(filter, part);
    return filter;
  }

  private addTo(filter: BloomFilter, entries: Buffer): void {
    filter.addAll(wordsOf(entries), this.format.entryBytes / WORD_BYTES);
  }

  private shouldMerge(): boolean {
    const [before, last] = [this.parts.at(-2), this.parts.at(-1)];
    return before !== undefined && last!.length >= before.length * MERGED_SHARE;
  }

  private mergeLast(parts: number): void {
    if (parts > 1) this.parts.push(mergeEntries(this.parts.splice(-parts), this.format.entryBytes));
  }
}
