import type { Aggregation } from '@odometer/domain';
import type { BucketRows } from './bucket-rows.js';
import { NO_SUBJECT } from './identities/subjects.js';
import type { SeriesEntry } from './series-cache.js';
import type { CountingMeter } from './meter-set.js';

/** A meter that takes whole numbers in at once. */
export interface SummedMeter {
  readonly meter: CountingMeter;
  readonly addWhole: NonNullable<Aggregation['addWhole']>;
  /** The property that it reads; null when it counts records. */
  readonly field: string | null;
}

/** Meters of one event code that count the very same records. */
export class SummedGroup {
  /** Where the hours of a series are summed up, as far as there are more of them than the one of its entry. */
  readonly slots = new Map<SeriesEntry, Map<number, number>>();
  /** The properties that the meters read, each once. */
  readonly fields: readonly string[];
  /** By meter, the number of its field; −1 = none. */
  readonly fieldOf: readonly number[];

  constructor(readonly meters: readonly SummedMeter[]) {
    const named = meters.map(({ field }) => field);
    const fields = [...new Set(named)].filter((field) => field !== null);
    this.fields = fields;
    this.fieldOf = named.map((field) => (field === null ? -1 : fields.indexOf(field)));
  }
}

/** What is summed up of one property, by slot. */
interface FieldSums {
  sum: Float64Array;
  least: Float64Array;
  most: Float64Array;
}

/** Numbers of at most this size are summed up here, at most RECORDS_MAX of them at a time: no sum leaves the safe integers. */
export const SUMMED_NUMBER_MAX = 2 ** 32;
const RECORDS_MAX = 2 ** 20;

const SLOTS_AT_FIRST = 1_024;
/** Stands for no slot. */
export const NO_SLOT = -1;
const LANES = 4;

/**
 * What meters that look at nothing but numbers add in a batch: a slot for each series and hour, in arrays that the next batch uses again.
 * States are looked up once for a slot, when all of it is added to them.
 */
export class HourSums {
  private slots = 0;
  /** Records added since the sums were empty. */
  private added = 0;
  private readonly groups: SummedGroup[] = [];
  private readonly entries: SeriesEntry[] = [];
  private hours = new Int32Array(SLOTS_AT_FIRST);
  private records = new Int32Array(SLOTS_AT_FIRST);
  /** By slot, the subject that it was found for last. */
  private subjects = new Int32Array(SLOTS_AT_FIRST);
  /** By subject, the slot that was found for it last. What a batch before left is told by the slot's own subject. */
  private latest = new Int32Array(SLOTS_AT_FIRST).fill(NO_SLOT);
  private digests = new Int32Array(SLOTS_AT_FIRST * LANES);
  private readonly fields: FieldSums[] = [];
  /** One object for all slots, since aggregations may not keep it. */
  private readonly numbers = { count: 0, sum: 0, least: 0, most: 0 };

  constructor(private readonly buckets: BucketRows) {}

  /** To be called before so many records are added. */
  expect(records: number): void {
    if (this.added + records > RECORDS_MAX) this.flush();
    this.added += records;
  }

  /** The hour of a slot, counted from 1970. */
  hourOf(slot: number): number {
    return this.hours[slot]!;
  }

  /** Where a group's sums of a series and an hour are. Valid until the sums are flushed. */
  slotOf(group: SummedGroup, entry: SeriesEntry, hour: number): number {
    const isLatest = entry.slotGroup === group && this.hours[entry.slot] === hour;
    if (isLatest) return entry.slot;
    const slot = group.slots.get(entry)?.get(hour) ?? this.open(group, entry, hour);
    if (entry.slotGroup !== null) this.remember(entry);
    entry.slotGroup = group;
    entry.slot = slot;
    return slot;
  }

  /** The slot that a group and a subject had last, if it is one of this hour; else NO_SLOT. Quicker than looking at the entry of a series. */
  latestOf(group: SummedGroup, subject: number, hour: number): number {
    const slot = subject < this.latest.length ? this.latest[subject]! : NO_SLOT;
    const is =
      slot < this.slots &&
      slot !== NO_SLOT &&
      this.subjects[slot] === subject &&
      this.hours[slot] === hour &&
      this.groups[slot] === group;
    return is ? slot : NO_SLOT;
  }

  /** Notes that a slot is the latest of a subject. Subjects of one table only may be noted before the sums are flushed. */
  note(subject: number, slot: number): void {
    if (subject >= this.latest.length) {
      const longer = Math.max(this.latest.length * 2, subject + 1);
      this.latest = larger(this.latest, new Int32Array(longer).fill(NO_SLOT));
    }
    this.latest[subject] = slot;
    this.subjects[slot] = subject;
  }

  /** Adds a record, whose identity's hash stands at a place of the identities. */
  addRecord(slot: number, identities: DataView, at: number): void {
    const { records, digests } = this;
    records[slot]! += 1;
    const lane = slot * LANES;
    digests[lane]! += identities.getInt32(at);
    digests[lane + 1]! += identities.getInt32(at + 4);
    digests[lane + 2]! += identities.getInt32(at + 8);
    digests[lane + 3]! += identities.getInt32(at + 12);
  }

  /** Adds what records have for one of the group's fields. `numbers` goes by `indexes`, `slots` goes along with them. */
  addNumbers(
    field: number,
    numbers: Float64Array,
    { indexes, slots }: { readonly indexes: Int32Array; readonly slots: Int32Array },
  ): void {
    const { sum, least, most } = this.fields[field]!;
    for (let i = 0; i < indexes.length; i += 1) {
      const slot = slots[i]!;
      const number = numbers[indexes[i]!]!;
      sum[slot]! += number;
      if (number < least[slot]!) least[slot] = number;
      if (number > most[slot]!) most[slot] = number;
    }
  }

  /** Adds all sums to the states of their meters, and empties them. */
  flush(): void {
    for (let slot = 0; slot < this.slots; slot += 1) {
      const { meters, fieldOf } = this.groups[slot]!;
      for (let i = 0; i < meters.length; i += 1) this.addTo(meters[i]!, fieldOf[i]!, slot);
      this.entries[slot]!.slotGroup = null;
      this.groups[slot]!.slots.clear();
    }
    this.slots = 0;
    this.added = 0;
    this.groups.length = 0;
    this.entries.length = 0;
  }

  private addTo({ meter, addWhole }: SummedMeter, field: number, slot: number): void {
    const { digests } = this;
    const state = this.buckets.hour(this.entries[slot]!, meter, this.hours[slot]!);
    const count = this.records[slot]!;
    const lane = slot * LANES;
    state.records += count;
    state.digest0 = (state.digest0 + digests[lane]!) | 0;
    state.digest1 = (state.digest1 + digests[lane + 1]!) | 0;
    state.digest2 = (state.digest2 + digests[lane + 2]!) | 0;
    state.digest3 = (state.digest3 + digests[lane + 3]!) | 0;
    const sums = this.fields[field];
    const { numbers } = this;
    numbers.count = count;
    if (sums !== undefined) {
      numbers.sum = sums.sum[slot]!;
      numbers.least = sums.least[slot]!;
      numbers.most = sums.most[slot]!;
    }
    state.state = addWhole(state.state, numbers);
  }

  private open(group: SummedGroup, entry: SeriesEntry, hour: number): number {
    const slot = this.slots;
    this.slots += 1;
    if (slot === this.hours.length) this.grow();
    while (this.fields.length < group.fields.length) this.fields.push(this.newField());
    this.groups.push(group);
    this.entries.push(entry);
    this.hours[slot] = hour;
    this.records[slot] = 0;
    this.subjects[slot] = NO_SUBJECT;
    this.digests.fill(0, slot * LANES, (slot + 1) * LANES);
    for (const { sum, least, most } of this.fields) {
      sum[slot] = 0;
      least[slot] = Infinity;
      most[slot] = -Infinity;
    }
    return slot;
  }

  /** Another slot is the latest of this series now. */
  private remember({ slot }: SeriesEntry): void {
    const entry = this.entries[slot]!;
    const { slots } = this.groups[slot]!;
    const byHour = slots.get(entry) ?? new Map<number, number>();
    slots.set(entry, byHour);
    byHour.set(this.hours[slot]!, slot);
  }

  private newField(): FieldSums {
    const { length } = this.hours;
    return {
      sum: new Float64Array(length),
      least: new Float64Array(length),
      most: new Float64Array(length),
    };
  }

  private grow(): void {
    this.hours = larger(this.hours, new Int32Array(this.hours.length * 2));
    this.subjects = larger(this.subjects, new Int32Array(this.subjects.length * 2));
    this.records = larger(this.records, new Int32Array(this.records.length * 2));
    this.digests = larger(this.digests, new Int32Array(this.digests.length * 2));
    for (const field of this.fields) {
      const { length } = this.hours;
      field.sum = larger(field.sum, new Float64Array(length));
      field.least = larger(field.least, new Float64Array(length));
      field.most = larger(field.most, new Float64Array(length));
    }
  }
}

function larger<Words extends Int32Array | Float64Array>(words: Words, into: Words): Words {
  into.set(words);
  return into;
}
