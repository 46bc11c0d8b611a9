import { findAggregation, type Aggregation } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import {
  emptyHour,
  HOURS_PER_DAY,
  mergeHour,
  readHours,
  writeHours,
  type DayHours,
  type HourState,
} from './hour-state.js';
import type { CountingMeter } from './meter-set.js';
import type { Series } from './series.js';

/** Rows of a generation of the cache; two generations are kept, so memory is bounded by twice this many rows and a batch. */
const ROWS_PER_GENERATION = 16_384;
const ROWS_PER_STATEMENT = 4_096;

interface SeriesEntry {
  readonly series: Series;
  readonly aggregation: Aggregation;
  readonly days: Map<number, DayRow>;
  /** Whether this handler knows that the row of `series` exists. */
  stored: boolean;
}

/** Series by meter, then by key. */
type Generation = Map<CountingMeter, Map<string, SeriesEntry>>;

interface DayRow {
  readonly day: number;
  hours: DayHours;
  /** False while `hours` is only what the running batch adds, and the stored row has not been merged in. */
  loaded: boolean;
  changed: boolean;
}

/**
 * The buckets of one shard: a write-back cache over the `bucket` table. The shard's lease makes it the only writer. What a batch
 * adds is folded into memory; `flush` merges it with rows that were not in the cache and writes all changed ones at once.
 */
export class BucketRows {
  private young: Generation = new Map();
  private old: Generation = new Map();
  private rows = 0;
  private readonly touched = new Set<SeriesEntry>();

  constructor(private readonly schema: string) {}

  /** The series of a meter and a key, made by `make` when it is not in the cache. */
  entry(meter: CountingMeter, key: string, make: () => Series): SeriesEntry {
    let ofMeter = this.young.get(meter);
    if (ofMeter === undefined) {
      ofMeter = new Map();
      this.young.set(meter, ofMeter);
    }
    const known = ofMeter.get(key);
    if (known !== undefined) return known;
    const kept = this.old.get(meter)?.get(key) ?? newEntry(make());
    ofMeter.set(key, kept);
    this.rows += kept.days.size;
    return kept;
  }

  /** The hour to add to; `hour` counts from 1970. */
  hour(entry: SeriesEntry, hour: number): HourState {
    const day = Math.floor(hour / HOURS_PER_DAY);
    let row = entry.days.get(day);
    if (row === undefined) {
      row = { day, hours: new Map(), loaded: false, changed: false };
      entry.days.set(day, row);
      this.rows += 1;
    }
    if (!row.changed) {
      row.changed = true;
      this.touched.add(entry);
    }
    const hourOfDay = hour - day * HOURS_PER_DAY;
    let state = row.hours.get(hourOfDay);
    if (state === undefined) {
      state = emptyHour(entry.aggregation);
      row.hours.set(hourOfDay, state);
    }
    return state;
  }

  async flush(sql: SqlClient): Promise<void> {
    await this.storeSeries(sql);
    const changed = this.changedRows();
    for (let from = 0; from < changed.length; from += ROWS_PER_STATEMENT) {
      const part = changed.slice(from, from + ROWS_PER_STATEMENT);
      await this.mergeStored(
        sql,
        part.filter(({ row }) => !row.loaded),
      );
      await this.write(sql, part);
    }
    this.touched.clear();
    if (this.rows > ROWS_PER_GENERATION) {
      this.old = this.young;
      this.young = new Map();
      this.rows = 0;
    }
  }

  /** Sorted by key, so that pages of the index are visited in order and two writers could never wait for each other in a ring. */
  private changedRows(): { entry: SeriesEntry; row: DayRow }[] {
    const changed: { entry: SeriesEntry; row: DayRow }[] = [];
    for (const entry of this.touched) {
      for (const row of entry.days.values()) if (row.changed) changed.push({ entry, row });
    }
    return changed.sort((a, b) =>
      a.entry.series.id < b.entry.series.id
        ? -1
        : a.entry.series.id > b.entry.series.id
          ? 1
          : a.row.day - b.row.day,
    );
  }

  private async storeSeries(sql: SqlClient): Promise<void> {
    const fresh = [...this.touched].filter((entry) => !entry.stored);
    if (fresh.length === 0) return;
    const rows = fresh.map(({ series }) => ({
      id: series.id,
      tenant: series.tenant,
      meter: series.meter.code,
      version: series.meter.version,
      customer: series.customer,
      subscription: series.subscription,
      entity: series.entity,
      dimensions: series.dimensions,
      total: series.dimensions === null,
    }));
    await sql.query(
      `INSERT INTO ${this.schema}.series
       SELECT * FROM json_populate_recordset(NULL::${this.schema}.series, $1) ORDER BY id
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(rows)],
    );
    for (const entry of fresh) entry.stored = true;
  }

  private async mergeStored(
    sql: SqlClient,
    missing: { entry: SeriesEntry; row: DayRow }[],
  ): Promise<void> {
    if (missing.length === 0) return;
    const { rows } = await sql.query<{ i: number; hours: string }>(
      `SELECT k.i, b.hours FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS k(series, day, i)
         JOIN ${this.schema}.bucket b ON b.series = k.series AND b.day = k.day`,
      [missing.map(({ entry }) => entry.series.id), missing.map(({ row }) => row.day)],
    );
    for (const { i, hours } of rows) {
      const { entry, row } = missing[Number(i) - 1]!;
      const stored = readHours(hours);
      for (const [hour, added] of row.hours) {
        const into = stored.get(hour);
        if (into === undefined) stored.set(hour, added);
        else mergeHour(entry.aggregation, into, added);
      }
      row.hours = stored;
    }
    for (const { row } of missing) row.loaded = true;
  }

  private async write(
    sql: SqlClient,
    changed: { entry: SeriesEntry; row: DayRow }[],
  ): Promise<void> {
    await sql.query(
      `INSERT INTO ${this.schema}.bucket (series, day, hours)
       SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[])
       ON CONFLICT (series, day) DO UPDATE SET hours = excluded.hours`,
      [
        changed.map(({ entry }) => entry.series.id),
        changed.map(({ row }) => row.day),
        changed.map(({ row }) => writeHours(row.hours)),
      ],
    );
    for (const { row } of changed) row.changed = false;
  }
}

function newEntry(series: Series): SeriesEntry {
  const aggregation = findAggregation(series.meter.aggregation.type);
  if (aggregation === undefined) {
    throw new Error(
      `meter ${series.meter.code} has unknown aggregation ${series.meter.aggregation.type}`,
    );
  }
  return { series, aggregation, days: new Map(), stored: false };
}
