import type { Texts, UsageColumns } from '@odometer/event-store';
import { NO_SUBJECT, type SegmentSubjects } from './identities/subjects.js';
import {
  seriesKey,
  seriesOf,
  type CodeScope,
  type Dimensions,
  type Series,
  type SeriesOwner,
} from './series.js';

/** What tells series, by their numbers. */
interface SeriesSource {
  readonly ownerOf: (number: number) => SeriesOwner;
  /** Null for the series of totals. */
  readonly dimensionsOf: ((number: number) => Dimensions) | null;
  /** The customers whose totals these are, where their records name nothing else. */
  readonly customers: Int32Array | null;
}

/** The series of the records of a segment, each mostly once, and for each record the number of its own. */
export class SeriesColumn {
  private readonly keys: (string | undefined)[] = [];

  constructor(
    readonly index: Int32Array,
    readonly count: number,
    private readonly source: SeriesSource,
  ) {}

  /** Number of the customer who is all that a series of totals is told by, among the subjects of the segment's table; or NO_SUBJECT. */
  customer(number: number): number {
    return this.source.customers?.[number] ?? NO_SUBJECT;
  }

  keyOf(number: number): string {
    return (this.keys[number] ??= seriesKey(this.owner(number), this.dimensions(number)));
  }

  of(scope: CodeScope, number: number): Series {
    return seriesOf(scope, this.owner(number), this.dimensions(number));
  }

  owner(number: number): SeriesOwner {
    return this.source.ownerOf(number);
  }

  private dimensions(number: number): Dimensions | null {
    return this.source.dimensionsOf?.(number) ?? null;
  }
}

/** Texts that properties have, and for each record the number of its own. */
export interface PropertyTexts {
  /** Null stands for no text. */
  readonly of: readonly (string | null)[];
  readonly index: Int32Array;
}

/** The series of totals. */
export function totalsOf(
  { customers, subscriptions, entities }: UsageColumns,
  subjects: SegmentSubjects,
): SeriesColumn {
  if (!named(subscriptions) && !named(entities)) {
    // The key of nothing but a customer is its id.
    const { table, customers: numbers } = subjects;
    const ownerOf = (number: number): SeriesOwner => ({ customerId: table.ids[numbers[number]!] });
    return new SeriesColumn(customers.index, numbers.length, {
      ownerOf,
      dimensionsOf: null,
      customers: numbers,
    });
  }
  const parts = [customers, subscriptions, entities];
  const { index, first } = combined(parts.map((part) => part.index));
  const idOf = (part: Texts, record: number): string | undefined => part.of[part.index[record]!];
  const ownerOf = (number: number): SeriesOwner => ({
    customerId: idOf(customers, first[number]!),
    subscriptionId: idOf(subscriptions, first[number]!),
    entityId: idOf(entities, first[number]!),
  });
  return new SeriesColumn(index, first.length, { ownerOf, dimensionsOf: null, customers: null });
}

/** The series of groups: those of the totals, kept apart by the texts that records have for the keys. */
export function groupsOf(
  totals: SeriesColumn,
  keys: readonly string[],
  texts: readonly PropertyTexts[],
): SeriesColumn {
  const { index, first } = combined([totals.index, ...texts.map((text) => text.index)]);
  const ownerOf = (number: number): SeriesOwner => totals.owner(totals.index[first[number]!]!);
  const dimensionsOf = (number: number): Dimensions => ({
    keys,
    values: texts.map(({ of, index: textOf }) => of[textOf[first[number]!]!]!),
  });
  return new SeriesColumn(index, first.length, { ownerOf, dimensionsOf, customers: null });
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
