import type { PropertyFilter } from '@odometer/domain';
import { SUMMED_NUMBER_MAX, SummedGroup, type SummedMeter } from './hour-sums.js';
import type { CountingMeter } from './meter-set.js';
import type { SegmentView } from './segment-view.js';

/** Records of a segment that a group of meters takes in at once. */
export interface SummedPart {
  readonly group: SummedGroup;
  readonly indexes: Int32Array;
  /** The columns of the group's fields, by record. */
  readonly numbers: readonly Float64Array[];
  /** What the series are kept apart by; nothing for totals. */
  readonly keys: readonly string[];
}

/** How meters of one event code take in some records of a segment. */
export interface PlannedMeters {
  readonly summed: readonly SummedPart[];
  /** Meters that have to look at each record. */
  readonly others: readonly CountingMeter[];
}

/** Tells for meters of one event code which of them can take in whole columns: those that look at one number of a record, or at none. */
export class MeterPlan {
  private readonly sieves: readonly Sieve[];
  private readonly others: readonly CountingMeter[];

  constructor(meters: readonly CountingMeter[]) {
    const simple = meters.map(summedOf).filter((summed) => summed !== null);
    this.sieves = alike(simple, ({ meter }) => filtersName(meter.filters)).map(
      (same) => new Sieve(same),
    );
    this.others = meters.filter((meter) => !simple.some((summed) => summed.meter === meter));
  }

  /** For the records with these indexes. A property that is not a small whole number in each of them is looked at record by record. */
  for(view: SegmentView, indexes: Int32Array): PlannedMeters {
    const summed: SummedPart[] = [];
    const others = [...this.others];
    for (const sieve of this.sieves) {
      const planned = sieve.for(view, indexes);
      summed.push(...planned.summed);
      others.push(...planned.others);
    }
    return { summed, others };
  }
}

/** Meters that the same records pass. */
class Sieve {
  private readonly filters: readonly PropertyFilter[];
  private readonly fields: readonly string[];
  /** By the fields that can be summed up. */
  private readonly known = new Map<string, readonly SummedMeters[]>();

  constructor(private readonly meters: readonly SummedMeter[]) {
    this.filters = meters[0]!.meter.filters;
    this.fields = new SummedGroup(meters).fields;
  }

  for(view: SegmentView, all: Int32Array): PlannedMeters {
    const indexes = this.filters.reduce((left, filter) => passing(view, left, filter), all);
    if (indexes.length === 0) return { summed: [], others: [] };
    const whole = this.fields.filter((field) => areWhole(view.numbers(field), indexes));
    const summed = this.metersOf(whole).map(({ group, keys }): SummedPart => ({
      group,
      keys,
      indexes,
      numbers: group.fields.map((field) => view.numbers(field)),
    }));
    const others = this.meters.filter(({ field }) => field !== null && !whole.includes(field));
    return { summed, others: others.map(({ meter }) => meter) };
  }

  /** The meters that can do with these fields: always the same objects, since sums are kept by them. */
  private metersOf(fields: readonly string[]): readonly SummedMeters[] {
    const name = JSON.stringify(fields);
    let found = this.known.get(name);
    if (found === undefined) {
      found = groupsOf(this.meters.filter(({ field }) => field === null || fields.includes(field)));
      this.known.set(name, found);
    }
    return found;
  }
}

interface SummedMeters {
  readonly group: SummedGroup;
  readonly keys: readonly string[];
}

/** All of the meters have totals, beside the groups of those that are grouped. */
function groupsOf(meters: readonly SummedMeter[]): SummedMeters[] {
  if (meters.length === 0) return [];
  const keysOf = ({ meter }: SummedMeter): readonly string[] => meter.meter.groupBy;
  const grouped = meters.filter((meter) => keysOf(meter).length > 0);
  return [
    { group: new SummedGroup(meters), keys: [] },
    ...alike(grouped, (meter) => JSON.stringify(keysOf(meter))).map((same) => ({
      group: new SummedGroup(same),
      keys: keysOf(same[0]!),
    })),
  ];
}

/** Meters of one name together. */
function alike(
  meters: readonly SummedMeter[],
  nameOf: (meter: SummedMeter) => string,
): SummedMeter[][] {
  const byName = new Map<string, SummedMeter[]>();
  for (const meter of meters) {
    const name = nameOf(meter);
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [meter]);
    else same.push(meter);
  }
  return [...byName.values()];
}

/** Null for a meter that looks at more than a number of each record. */
function summedOf(meter: CountingMeter): SummedMeter | null {
  const { aggregation, plainField } = meter;
  const { addWhole, needs } = aggregation;
  if (addWhole === undefined || plainField === undefined) return null;
  if (needs === undefined) return { meter, addWhole, field: null };
  return plainField === null ? null : { meter, addWhole, field: plainField };
}

const filtersName = (filters: readonly PropertyFilter[]): string =>
  JSON.stringify(filters.map(({ key, allowed }) => [key, ...allowed]));

/** Those of the records whose property has one of the texts. */
function passing(
  view: SegmentView,
  indexes: Int32Array,
  { key, allowed }: PropertyFilter,
): Int32Array {
  const { of, index } = view.texts(key);
  const passes = of.map((text) => text !== null && allowed.has(text));
  return indexes.filter((record) => passes[index[record]!]);
}

function areWhole(numbers: Float64Array, indexes: Int32Array): boolean {
  for (const index of indexes) {
    const number = numbers[index]!;
    if (!(Math.abs(number) <= SUMMED_NUMBER_MAX) || Math.floor(number) !== number) return false;
  }
  return true;
}
