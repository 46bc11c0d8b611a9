import type { TextList } from '@odometer/event-store';

/** Stands for no number. */
export const NO_NUMBER = -1;

const SLOTS_AT_FIRST = 4_096;
const BYTES_AT_FIRST = 65_536;
/** A table with more than this share of its slots in use is made larger. */
const LOAD_MAX = 0.5;
/** Slots that are looked at for one id: whoever chooses ids that share a slot does not make the table slow, as the last of them are not in it. */
const PROBES_MAX = 32;

/** An odd number without a pattern, by which neighbouring owners get hashes that lie apart. */
const SPREAD = 0x9e3779b1;

/** Ids as they lie in a segment, and whose they are. */
export interface OwnedIds {
  readonly list: TextList;
  /** The same id of another owner is another one. */
  readonly owner: number;
}

/**
 * Numbers of ids, found by the bytes that ids have in segments: no string has to be made of an id that is known, as nearly all are. It is a cache in
 * front of a table that has all of them. A hash table with open addressing; ids are never taken out.
 */
export class IdTable {
  /** By slot, one more than the place of an id; 0 = free. */
  private slots = new Int32Array(SLOTS_AT_FIRST);
  private count = 0;
  /** By place. An id ends where the next one begins. */
  private numbers = new Int32Array(SLOTS_AT_FIRST);
  private owners = new Int32Array(SLOTS_AT_FIRST);
  private hashes = new Int32Array(SLOTS_AT_FIRST);
  private starts = new Int32Array(SLOTS_AT_FIRST + 1);
  /** All ids, side by side. */
  private bytes = new Uint8Array(BYTES_AT_FIRST);

  /** The number of the id with this index in the list; NO_NUMBER where it is not here. */
  find({ list, owner }: OwnedIds, index: number): number {
    const hash = hashOf(list.hashes[index]!, owner);
    const start = list.starts[index]!;
    const length = list.ends[index]! - start;
    const mask = this.slots.length - 1;
    for (let probe = 0, slot = hash & mask; probe < PROBES_MAX; probe += 1) {
      const place = this.slots[slot]! - 1;
      if (place < 0) return NO_NUMBER;
      if (this.hashes[place] === hash && this.owners[place] === owner) {
        if (this.isAt(place, list.bytes, { start, length })) return this.numbers[place]!;
      }
      slot = (slot + 1) & mask;
    }
    return NO_NUMBER;
  }

  /** Takes in an id that is not here. */
  add({ list, owner }: OwnedIds, index: number, number: number): void {
    if (this.count >= this.slots.length * LOAD_MAX) this.grow();
    const place = this.count;
    this.hashes[place] = hashOf(list.hashes[index]!, owner);
    if (!this.put(place)) return;
    this.count += 1;
    this.numbers[place] = number;
    this.owners[place] = owner;
    this.keep(place, list.bytes.subarray(list.starts[index], list.ends[index]));
  }

  private keep(place: number, id: Uint8Array): void {
    const start = this.starts[place]!;
    const end = start + id.length;
    if (end > this.bytes.length) {
      const longer = new Uint8Array(2 * end);
      longer.set(this.bytes);
      this.bytes = longer;
    }
    this.bytes.set(id, start);
    this.starts[place + 1] = end;
  }

  private isAt(
    place: number,
    bytes: Uint8Array,
    { start, length }: { readonly start: number; readonly length: number },
  ): boolean {
    const own = this.bytes;
    const ownStart = this.starts[place]!;
    if (this.starts[place + 1]! - ownStart !== length) return false;
    for (let at = 0; at < length; at += 1)
      if (own[ownStart + at] !== bytes[start + at]) return false;
    return true;
  }

  /** False where the slots that it may have are taken. */
  private put(place: number): boolean {
    const mask = this.slots.length - 1;
    const hash = this.hashes[place]!;
    for (let probe = 0; probe < PROBES_MAX; probe += 1) {
      const slot = (hash + probe) & mask;
      if (this.slots[slot] !== 0) continue;
      this.slots[slot] = place + 1;
      return true;
    }
    return false;
  }

  /** What finds no slot among more of them is no longer found. */
  private grow(): void {
    const longer = this.slots.length * 2;
    this.numbers = copied(this.numbers, longer);
    this.owners = copied(this.owners, longer);
    this.hashes = copied(this.hashes, longer);
    this.starts = copied(this.starts, longer + 1);
    this.slots = new Int32Array(longer);
    for (let place = 0; place < this.count; place += 1) this.put(place);
  }
}

const hashOf = (hash: number, owner: number): number => hash ^ Math.imul(owner, SPREAD);

function copied(words: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(words);
  return longer;
}
