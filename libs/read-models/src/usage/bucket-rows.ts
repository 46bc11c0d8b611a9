import type { SqlClient } from '@odometer/projections';
import { BucketTable, type BucketKey } from './bucket-table.js';
import type { SubjectTable } from './identities/subjects.js';
import {
  emptyHour,
  HOURS_PER_DAY,
  mergeHour,
  type DayHours,
  type HourState,
} from './hour-state.js';
import type { CountingMeter } from './meter-set.js';
import { SeriesCache, type DayRow, type SeriesEntry } from './series-cache.js';
import {
  seriesKey,
  seriesOf,
  type CodeScope,
  type Dimensions,
  type Series,
  type SeriesOwner,
} from './series.js';
import { readDay, writeDay } from './stored-day.js';

const ROWS_PER_STATEMENT = 4_096;

/** Meters whose last hour is kept with a series; looking through more of them would cost more than it saves. */
const LATEST_HOURS_MAX = 6;

/** What one meter has of a series in an hour; hours count from 1970. */
export interface MeterHour {
  readonly entry: SeriesEntry;
  readonly meter: CountingMeter;
  readonly hour: number;
}

interface Change {
  readonly entry: SeriesEntry;
  readonly row: DayRow;
}

/**
 * The buckets of one shard: a write-back cache over the `bucket` table. The shard's lease makes it the only writer. What a batch
 * adds is folded into memory; `flush` merges it with rows that were not in the cache and writes all changed ones at once.
 */
export class BucketRows {
  private readonly cache = new SeriesCache();
  private readonly touched = new Set<SeriesEntry>();

  private readonly table: BucketTable;

  constructor(schema: string) {
    this.table = new BucketTable(schema);
  }

  /** The series of a scope whose `seriesKey` this is, where the cache has it. */
  known(scope: CodeScope, key: string): SeriesEntry | undefined {
    return this.cache.known(scope, key);
  }

  /** The totals of a customer whose records name nothing else; `make` is called where the cache does not have them. */
  ofSubject(
    scope: CodeScope,
    { table, subject }: { readonly table: SubjectTable; readonly subject: number },
    make: () => Series,
  ): SeriesEntry {
    const series = table.series[subject]!;
    const known = this.cache.knownOf(scope, series);
    if (known !== undefined) return known;
    const id = table.ids[subject]!;
    const entry = this.cache.known(scope, id) ?? this.cache.add(scope, id, make());
    this.cache.note(series, entry);
    return entry;
  }

  /** Takes in a series that the cache does not have. */
  add(scope: CodeScope, key: string, series: Series): SeriesEntry {
    return this.cache.add(scope, key, series);
  }

  /** The series of what a record names in a scope. */
  entry(scope: CodeScope, owner: SeriesOwner, dimensions: Dimensions | null): SeriesEntry {
    const key = seriesKey(owner, dimensions);
    return this.known(scope, key) ?? this.add(scope, key, seriesOf(scope, owner, dimensions));
  }

  /** What a meter adds to; `hour` counts from 1970. */
  hour(entry: SeriesEntry, meter: CountingMeter, hour: number): HourState {
    const { latest } = entry;
    let at = 0;
    while (at < latest.length && latest[at]!.meter !== meter) at += 1;
    const known = latest[at];
    if (known?.hour === hour) {
      this.change(entry, known.row);
      return known.state;
    }
    const { day, hourOfDay } = splitHour(hour);
    const row = this.row(entry, day);
    const state = this.lookUpHour(row, meter, hourOfDay);
    // Where there are too many, the first makes room: it may be that of a meter that is no more.
    latest[at < LATEST_HOURS_MAX ? at : 0] = { meter, hour, row, state };
    return state;
  }

  private lookUpHour(row: DayRow, meter: CountingMeter, hourOfDay: number): HourState {
    let hours = row.byMeter.get(meter.tag);
    if (hours === undefined) {
      hours = new Map();
      row.byMeter.set(meter.tag, hours);
      if (!row.loaded) row.adders.push(meter);
    }
    let state = hours.get(hourOfDay);
    if (state === undefined) {
      state = emptyHour(meter.aggregation);
      hours.set(hourOfDay, state);
    }
    return state;
  }

  /** All that a meter has in an hour, stored or added meanwhile; undefined when that is nothing. What is changed in it is written. */
  async wholeHour(sql: SqlClient, at: MeterHour): Promise<HourState | undefined> {
    const { day, hourOfDay } = splitHour(at.hour);
    const row = this.row(at.entry, day);
    if (!row.loaded) await this.mergeStored(sql, [{ entry: at.entry, row }]);
    return row.byMeter.get(at.meter.tag)?.get(hourOfDay);
  }

  /** Takes an hour away in which nothing is left. It must have been read by `wholeHour` before. */
  removeHour({ entry, meter, hour }: MeterHour): void {
    const { day, hourOfDay } = splitHour(hour);
    const { byMeter } = this.row(entry, day);
    entry.latest.length = 0;
    const hours = byMeter.get(meter.tag);
    hours?.delete(hourOfDay);
    if (hours?.size === 0) byMeter.delete(meter.tag);
  }

  async flush(sql: SqlClient): Promise<void> {
    await this.storeSeries(sql);
    const changed = this.changes();
    for (let from = 0; from < changed.length; from += ROWS_PER_STATEMENT) {
      const part = changed.slice(from, from + ROWS_PER_STATEMENT);
      await this.mergeStored(
        sql,
        part.filter(({ row }) => !row.loaded),
      );
      const kept = part.filter(({ row }) => row.byMeter.size > 0);
      await this.table.write(sql, kept.map(keyOf), (i) => writeDay(kept[i]!.row.byMeter));
      await this.table.remove(sql, part.filter(({ row }) => row.byMeter.size === 0).map(keyOf));
      for (const { row } of part) row.changed = false;
    }
    this.touched.clear();
    this.cache.age();
  }

  private row(entry: SeriesEntry, day: number): DayRow {
    let row = entry.days.get(day);
    if (row === undefined) {
      row = { day, byMeter: new Map(), adders: [], loaded: false, changed: false };
      entry.days.set(day, row);
      this.cache.grow();
    }
    this.change(entry, row);
    return row;
  }

  private change(entry: SeriesEntry, row: DayRow): void {
    if (row.changed) return;
    row.changed = true;
    this.touched.add(entry);
  }

  /** Sorted by key, so that pages of the index are visited in order. */
  private changes(): Change[] {
    const changed: Change[] = [];
    for (const entry of this.touched) {
      for (const row of entry.days.values()) if (row.changed) changed.push({ entry, row });
    }
    return changed.sort(
      (a, b) => order(a.entry.series.id, b.entry.series.id) || a.row.day - b.row.day,
    );
  }

  private async storeSeries(sql: SqlClient): Promise<void> {
    const fresh = [...this.touched].filter((entry) => !entry.stored);
    await this.table.addSeries(
      sql,
      fresh.map(({ series }) => series),
    );
    for (const entry of fresh) entry.stored = true;
  }

  private async mergeStored(sql: SqlClient, missing: readonly Change[]): Promise<void> {
    for (const [i, hours] of await this.table.read(sql, missing.map(keyOf))) {
      const { row } = missing[i]!;
      const stored = readDay(hours);
      for (const meter of row.adders) {
        stored.set(
          meter.tag,
          mergedHours(meter, stored.get(meter.tag), row.byMeter.get(meter.tag)!),
        );
      }
      row.byMeter = stored;
    }
    for (const { entry, row } of missing) {
      entry.latest.length = 0;
      row.loaded = true;
      row.adders = [];
    }
  }
}

const keyOf = ({ entry, row }: Change): BucketKey => ({ series: entry.series.id, day: row.day });

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The stored hours of a meter with what was added; none stored = what was added. */
function mergedHours(
  { aggregation }: CountingMeter,
  stored: DayHours | undefined,
  added: DayHours,
): DayHours {
  if (stored === undefined) return added;
  for (const [hour, state] of added) {
    const into = stored.get(hour);
    if (into === undefined) stored.set(hour, state);
    else mergeHour(aggregation, into, state);
  }
  return stored;
}

function splitHour(hour: number): { day: number; hourOfDay: number } {
  const day = Math.floor(hour / HOURS_PER_DAY);
  return { day, hourOfDay: hour - day * HOURS_PER_DAY };
}
