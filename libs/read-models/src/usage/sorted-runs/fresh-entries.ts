import { BloomFilter } from './bloom-filter.js';
import { countBelow, mergeEntries, WORD_BYTES, wordsOf } from './entry-order.js';
import { EntryRoom } from './entry-room.js';
import type { RunFormat } from './run-format.js';

/** A part that is at least this share of the one before is merged with it: there are few parts, and an entry is moved seldom. */
const MERGED_SHARE = 0.5;

/** Rooms that are kept for what comes: one is filled while what was taken from the other is written. */
const ROOMS_KEPT = 2;

/** Entries that are not written yet: sorted parts, each much shorter than the one before, side by side in one buffer. */
export class FreshEntries {
  /** Null where nothing was added yet. */
  private room: EntryRoom | null = null;
  /** With what was taken, until that is written. */
  private lent: EntryRoom[] = [];
  private idle: EntryRoom[] = [];
  private buffer: Buffer = Buffer.alloc(0);
  /** Where the parts end, in bytes. */
  private readonly ends: number[] = [];
  private filter: BloomFilter | null = null;
  /** Entries that the filter is made for. */
  private filterSize = 0;

  constructor(private readonly format: RunFormat) {}

  get bytes(): number {
    return this.ends.at(-1) ?? 0;
  }

  /** Adds entries that are sorted, in pieces or whole. They are copied. */
  add(pieces: readonly Buffer[]): void {
    const start = this.bytes;
    const end = pieces.reduce((at, { length }) => at + length, start);
    if (end === start) return;
    this.makeRoom(end);
    let at = start;
    for (const piece of pieces) {
      this.buffer.set(piece, at);
      at += piece.length;
    }
    this.addToFilter(this.buffer.subarray(start, end));
    this.ends.push(end);
    while (this.shouldMerge()) this.mergeLast(2);
  }

  /** All of them, in order; none is left. What is answered stays as it is until `settled` is called. */
  take(): Buffer {
    if (this.ends.length > 1) this.mergeLast(this.ends.length);
    const all = this.buffer.subarray(0, this.bytes);
    this.buffer = Buffer.alloc(0);
    this.ends.length = 0;
    this.filter = null;
    if (this.room !== null) this.lent = [...this.lent, this.room].slice(-ROOMS_KEPT);
    this.room = null;
    return all;
  }

  /** What was taken is not looked at any more. Rooms that were not needed since the last time are given back. */
  settled(): void {
    this.idle = this.lent;
    this.lent = [];
    for (const room of this.idle) room.rest();
  }

  /** Which of these entries' keys are present: index in `entries` → the entry that is here. None in formats without a filter. */
  find(entries: Buffer): Map<number, Buffer> {
    const found = new Map<number, Buffer>();
    if (this.ends.length === 0 || !this.format.filtered) return found;
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
    for (let part = 0; part < this.ends.length; part += 1) {
      const entries = this.part(part);
      const at = countBelow(entries, entryBytes, key, false) * entryBytes;
      const entry = entries.subarray(at, at + entryBytes);
      // A copy, as others may be merged into its place.
      if (entry.length > 0 && key.equals(entry.subarray(0, key.length))) return Buffer.from(entry);
    }
    return undefined;
  }

  private part(index: number): Buffer {
    return this.buffer.subarray(this.startOf(index), this.ends[index]);
  }

  private startOf(part: number): number {
    return part === 0 ? 0 : this.ends[part - 1]!;
  }

  private makeRoom(bytes: number): void {
    if (bytes <= this.buffer.length) return;
    const before = this.buffer.subarray(0, this.bytes);
    this.room ??= this.idle.pop() ?? new EntryRoom();
    this.buffer = this.room.take(bytes);
    if (this.buffer.buffer !== before.buffer) this.buffer.set(before);
  }

  private addToFilter(entries: Buffer): void {
    const count = (this.bytes + entries.length) / this.format.entryBytes;
    if (this.filter === null || count > this.filterSize) this.filter = null;
    else this.filter.addAll(wordsOf(entries), this.format.entryBytes / WORD_BYTES);
  }

  /** With room for as many again. */
  private newFilter(): BloomFilter {
    const { entryBytes } = this.format;
    this.filterSize = (this.bytes / entryBytes) * 2;
    const filter = BloomFilter.forKeys(this.filterSize);
    for (let part = 0; part < this.ends.length; part += 1)
      filter.addAll(wordsOf(this.part(part)), entryBytes / WORD_BYTES);
    return filter;
  }

  private shouldMerge(): boolean {
    const last = this.ends.length - 1;
    return last > 0 && this.part(last).length >= this.part(last - 1).length * MERGED_SHARE;
  }

  private mergeLast(parts: number): void {
    const first = this.ends.length - parts;
    const start = this.startOf(first);
    const all = Array.from({ length: parts }, (_, part) => this.part(first + part));
    mergeEntries(all, this.format.entryBytes, this.buffer.subarray(start, this.bytes));
    this.ends.splice(first, parts, this.bytes);
  }
}
