import { textOf, type JsonValue } from '@odometer/domain';
import type { UsageColumns } from '@odometer/event-store';
import type { SegmentSubjects } from './identities/subjects.js';
import { groupsOf, totalsOf, type PropertyTexts, type SeriesColumn } from './series-column.js';

/** What meters look at in a segment, made out once for all of them. */
export class SegmentView {
  private readonly numbersKnown = new Map<string, Float64Array>();
  private readonly textsKnown = new Map<string, PropertyTexts>();
  private readonly groupsKnown = new Map<string, SeriesColumn>();
  private totals: SeriesColumn | undefined;

  constructor(
    readonly columns: UsageColumns,
    private readonly subjects: SegmentSubjects,
  ) {}

  /** The numbers that records have for a property; NaN for none. */
  numbers(field: string): Float64Array {
    let numbers = this.numbersKnown.get(field);
    if (numbers === undefined) {
      ({ numbers } = this.columns.property(field));
      this.numbersKnown.set(field, numbers);
    }
    return numbers;
  }

  /** The texts that records have for a property, as meters compare them. */
  texts(key: string): PropertyTexts {
    let texts = this.textsKnown.get(key);
    if (texts === undefined) {
      texts = textsOf(this.columns, key);
      this.textsKnown.set(key, texts);
    }
    return texts;
  }

  /** The series that usage by these keys is kept in; by none, those of totals. */
  series(keys: readonly string[]): SeriesColumn {
    this.totals ??= totalsOf(this.columns, this.subjects);
    if (keys.length === 0) return this.totals;
    const name = JSON.stringify(keys);
    let series = this.groupsKnown.get(name);
    if (series === undefined) {
      const texts = keys.map((key) => this.texts(key));
      series = groupsOf(this.totals, keys, texts);
      this.groupsKnown.set(name, series);
    }
    return series;
  }
}

function textsOf(columns: UsageColumns, key: string): PropertyTexts {
  const column = columns.property(key);
  const of: (string | null)[] = [];
  const numbers = new Map<string | null, number>();
  // The number 1 and the text "1" are one: values are looked up first, which mostly spares making a text.
  const byValue = new Map<JsonValue | undefined, number>();
  const index = new Int32Array(columns.count);
  for (let record = 0; record < index.length; record += 1) {
    const value = column.at(record);
    let number = byValue.get(value);
    if (number === undefined) {
      const text = textOf(value);
      number = numbers.get(text);
      if (number === undefined) {
        number = of.push(text) - 1;
        numbers.set(text, number);
      }
      byValue.set(value, number);
    }
    index[record] = number;
  }
  return { of, index };
}
