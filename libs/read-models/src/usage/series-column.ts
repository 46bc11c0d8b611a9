import type { Texts, UsageColumns } from '@odometer/event-store';
import { seriesKey, type Dimensions, type SeriesOwner } from './series.js';

/** The series of the records of a segment, each once, and for each record the number of its own. */
export class SeriesColumn {
  private readonly keys: (string | undefined)[] = [];

  constructor(
    readonly index: Int32Array,
    readonly owners: readonly SeriesOwner[],
    /** Null for the series of totals. */
    readonly dimensions: readonly Dimensions[] | null,
  ) {}

  dimensionsOf(number: number): Dimensions | null {
    return this.dimensions === null ? null : this.dimensions[number]!;
  }

  keyOf(number: number): string {
    return (this.keys[number] ??= seriesKey(this.owners[number]!, this.dimensionsOf(number)));
  }
}

/** Texts that properties have, and for each record the number of its own. */
export interface PropertyTexts {
  /** Null stands for no text. */
  readonly of: readonly (string | null)[];
  readonly index: Int32Array;
}

/** The series of totals. */
export function totalsOf({ customers, subscriptions, entities }: UsageColumns): SeriesColumn {
  if (!named(subscriptions) && !named(entities)) {
    const owners = customers.of.map((customerId) => ({ customerId }));
    return new SeriesColumn(customers.index, owners, null);
  }
  const parts = [customers, subscriptions, entities];
  const { index, first } = combined(parts.map((part) => part.index));
  const idOf = (part: Texts, record: number): string | undefined => part.of[part.index[record]!];
  const owners = first.map((record) => ({
    customerId: idOf(customers, record),
    subscriptionId: idOf(subscriptions, record),
    entityId: idOf(entities, record),
  }));
  return new SeriesColumn(index, owners, null);
}

/** The series of groups: those of the totals, kept apart by the texts that records have for the keys. */
export function groupsOf(
  totals: SeriesColumn,
  keys: readonly string[],
  texts: readonly PropertyTexts[],
): SeriesColumn {
  const { index, first } = combined([totals.index, ...texts.map((text) => text.index)]);
  const owners = first.map((record) => totals.owners[totals.index[record]!]!);
  const dimensions = first.map((record) => ({
    keys,
    values: texts.map(({ of, index: textOf }) => of[textOf[record]!]!),
  }));
  return new SeriesColumn(index, owners, dimensions);
}

/** Numbers the combinations that occur; `first` has a record of each. */
function combined(columns: readonly Int32Array[]): { index: Int32Array; first: number[] } {
  let index = columns[0]!;
  let first: number[] = [];
  // Column by column, so that no number is larger than the square of the records.
  for (const column of columns.slice(1)) {
    const numbers = new Map<number, number>();
    const next = new Int32Array(index.length);
    first = [];
    for (let record = 0; record < index.length; record += 1) {
      const pair = index[record]! * index.length + column[record]!;
      let number = numbers.get(pair);
      if (number === undefined) {
        number = first.push(record) - 1;
        numbers.set(pair, number);
      }
      next[record] = number;
    }
    index = next;
  }
  return { index, first };
}

const named = ({ of }: Texts): boolean => of.some((id) => id !== undefined);
