import type { UsageColumns } from '@odometer/event-store';
import { SUMMED_NUMBER_MAX, SummedGroup, type SummedMeter } from './hour-sums.js';
import type { CountingMeter } from './meter-set.js';

/** How meters of one event code take in some records of a segment. */
export interface PlannedMeters {
  /** Meters that take columns in; null = none. */
  readonly summed: SummedGroup | null;
  /** The columns of the group's fields, by record. */
  readonly numbers: readonly Float64Array[];
  /** Meters that have to look at each record. */
  readonly others: readonly CountingMeter[];
}

/** Tells for meters of one event code which of them can take in whole columns: those that look at a number, or at nothing, of every record. */
export class MeterPlan {
  private readonly simple: readonly SummedMeter[];
  private readonly fields: readonly string[];
  private readonly groups = new Map<string, SummedGroup>();

  constructor(private readonly meters: readonly CountingMeter[]) {
    this.simple = meters.map(summedOf).filter((summed) => summed !== null);
    this.fields = new SummedGroup(this.simple).fields;
  }

  /** For the records with these indexes. A property that is not a small whole number in each of them is looked at record by record. */
  for(columns: UsageColumns, indexes: Int32Array): PlannedMeters {
    if (this.simple.length === 0) return { summed: null, numbers: [], others: this.meters };
    const wholes = new Map<string, Float64Array>();
    for (const field of this.fields) {
      const { numbers } = columns.property(field);
      if (areWhole(numbers, indexes)) wholes.set(field, numbers);
    }
    const summed = this.groupOf(wholes);
    const inGroup = new Set(summed.meters.map(({ meter }) => meter));
    return {
      summed: summed.meters.length === 0 ? null : summed,
      numbers: summed.fields.map((field) => wholes.get(field)!),
      others: this.meters.filter((meter) => !inGroup.has(meter)),
    };
  }

  /** The meters that can do with these fields: always the same object, since sums are kept by it. */
  private groupOf(fields: ReadonlyMap<string, unknown>): SummedGroup {
    const key = JSON.stringify([...fields.keys()]);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = new SummedGroup(
        this.simple.filter(({ field }) => field === null || fields.has(field)),
      );
      this.groups.set(key, group);
    }
    return group;
  }
}

/** Null for a meter that looks at more than a number of each record. */
function summedOf(meter: CountingMeter): SummedMeter | null {
  const { aggregation, plainField } = meter;
  const { addWhole, needs } = aggregation;
  if (addWhole === undefined || plainField === undefined || meter.meter.groupBy.length > 0)
    return null;
  if (needs === undefined) return { meter, addWhole, field: null };
  return plainField === null ? null : { meter, addWhole, field: plainField };
}

function areWhole(numbers: Float64Array, indexes: Int32Array): boolean {
  for (const index of indexes) {
    const number = numbers[index]!;
    if (!(Math.abs(number) <= SUMMED_NUMBER_MAX) || Math.floor(number) !== number) return false;
  }
  return true;
}
