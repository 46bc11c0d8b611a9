import {
  meterAggregation,
  reachOf,
  unitsOf,
  weightingOf,
  type Aggregation,
  type UsageSlice,
  type UsageTotal,
  type UsageWeighting,
} from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import type { BucketReader } from './bucket-reader.js';
import { edgeHours, type EdgeReader } from './edges.js';
import {
  DAY_MS,
  digestText,
  emptyHour,
  HOUR_MS,
  HOURS_PER_DAY,
  mergeHour,
  type HourState,
} from './hour-state.js';
import type { ReadyMeter } from './ready-meter.js';
import { mergeStoredHour, packedHoursOf, type PackedDay, type StoredHour } from './stored-day.js';
import { patternsOf, type SeriesRow, type WindowsRequest } from './window-series.js';

export interface WindowsAnswer {
  /** As many as windows, in their order; each as in UsageAnswer. */
  readonly windows: readonly (readonly UsageTotal[])[];
  readonly position: number;
  readonly cut: readonly number[];
}

/** With the tag of the states to be read; see `meterTag`. */
type TaggedRequest = WindowsRequest & Pick<ReadyMeter, 'tag'>;

/** A series, the group that it belongs to, and the text that tells groups apart and puts them in order. */
interface GroupedSeries {
  readonly row: SeriesRow;
  readonly group: UsageTotal['group'];
  readonly key: string;
}

interface GroupState {
  readonly group: UsageTotal['group'];
  readonly state: HourState;
}

/** Reads usage windows on one connection, which is in a read-only transaction with one snapshot. */
export class UsageReader {
  private readonly aggregation: Aggregation;
  private readonly grouped: boolean;

  constructor(
    private readonly sql: SqlClient,
    private readonly buckets: BucketReader,
    private readonly edges: EdgeReader,
    private readonly request: TaggedRequest,
  ) {
    this.aggregation = meterAggregation(request.meter);
    const asks = (request.groupBy?.length ?? 0) > 0 || Object.keys(request.filter ?? {}).length > 0;
    this.grouped = asks && request.meter.groupBy.length > 0;
  }

  async read(): Promise<readonly (readonly UsageTotal[])[]> {
    const series = (await this.load()).map((row): GroupedSeries => {
      const group = this.groupOf(row);
      return { row, group, key: JSON.stringify(group) };
    });
    const answers: UsageTotal[][] = [];
    for (const slices of this.request.windows) answers.push(await this.window(series, slices));
    return answers;
  }

  private async window(
    series: readonly GroupedSeries[],
    slices: readonly UsageSlice[],
  ): Promise<UsageTotal[]> {
    const groups = new Map<string, GroupState>();
    // All that was before an end lies before any later end, too: slices of the same ids are one.
    const apart = this.request.meter.recurring === true ? patternsOf(slices) : slices;
    const parts = apart.map((slice) => ({ slice, whole: this.isWhole(slice) }));
    for (const { row, group, key } of series) {
      for (const { slice, whole } of parts) {
        if (!inSlice(row, slice)) continue;
        const into = groups.get(key) ?? { group, state: emptyHour(this.aggregation) };
        groups.set(key, into);
        if (whole) this.addWholeHours(into.state, row, slice);
        else await this.addSlice(into.state, row, slice);
      }
    }
    return this.totals(groups, weightingOf({ ...this.request, slices }));
  }

  /** Whether states alone say what a slice counts: nothing is carried into it, and it cuts no hour. */
  private isWhole(slice: UsageSlice): boolean {
    return reachOf(this.request.meter, slice) === slice && edgeHours(slice).length === 0;
  }

  /** Adds what a slice counts of a series. What a recurring meter has from before the slice is carried into it. */
  private async addSlice(into: HourState, row: SeriesRow, slice: UsageSlice): Promise<void> {
    const reach = reachOf(this.request.meter, slice);
    const { carry } = this.aggregation;
    if (carry === undefined || reach.from === slice.from) return this.addHours(into, row, reach);
    const before = emptyHour(this.aggregation);
    await this.addHours(before, row, { ...reach, to: slice.from });
    mergeHour(this.aggregation, into, { ...before, state: carry(before.state, slice.from) });
    await this.addHours(into, row, slice);
  }

  private async addHours(into: HourState, row: SeriesRow, slice: UsageSlice): Promise<void> {
    this.addWholeHours(into, row, slice);
    await this.addCutHours(into, row, slice);
  }

  /** Adds what a series has in the hours that lie wholly in a slice, from their states. Days are found by whichever has fewer of them. */
  private addWholeHours(into: HourState, row: SeriesRow, slice: UsageSlice): void {
    const first = Math.floor(slice.from / DAY_MS);
    const end = Math.ceil(slice.to / DAY_MS);
    if (end - first > row.days.size) {
      for (const [day, packed] of row.days) {
        if (day >= first && day < end) this.addDay(into, { day, packed }, slice);
      }
      return;
    }
    for (let day = first; day < end; day += 1) {
      const packed = row.days.get(day);
      if (packed !== undefined) this.addDay(into, { day, packed }, slice);
    }
  }

  private addDay(
    into: HourState,
    { day, packed }: { readonly day: number; readonly packed: PackedDay },
    { from, to }: UsageSlice,
  ): void {
    const counted = packedHoursOf(packed, this.request.tag);
    if (counted === undefined) return;
    for (const hour of counted.hours) {
      const starts = (day * HOURS_PER_DAY + hour[0]) * HOUR_MS;
      if (starts >= from && starts + HOUR_MS <= to)
        mergeStoredHour(this.aggregation, into, hour, counted.place);
    }
  }

  /** Adds the hours that a slice cuts, from their records. */
  private async addCutHours(into: HourState, row: SeriesRow, slice: UsageSlice): Promise<void> {
    for (const edge of edgeHours(slice)) {
      const day = Math.floor(edge.hour / HOURS_PER_DAY);
      const counted = packedHoursOf(row.days.get(day) ?? [], this.request.tag);
      const isCut = ([hour]: StoredHour): boolean => day * HOURS_PER_DAY + hour === edge.hour;
      if (counted === undefined || !counted.hours.some(isCut)) continue;
      const part = await this.edges.read(this.sql, { request: this.request, series: row, ...edge });
      mergeHour(this.aggregation, into, part);
    }
  }

  private totals(groups: ReadonlyMap<string, GroupState>, weighting: UsageWeighting): UsageTotal[] {
    const total = (group: UsageTotal['group'], state: HourState): UsageTotal => ({
      group,
      value: unitsOf(this.request.meter, this.aggregation, state.state, weighting),
      eventsCount: state.records,
      digest: digestText(state),
    });
    if ((this.request.groupBy?.length ?? 0) === 0 && groups.size === 0) {
      return [total({}, emptyHour(this.aggregation))];
    }
    return [...groups]
      .filter(([key, { state }]) => state.records > 0 || key === '{}')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { group, state }]) => total(group, state));
  }

  private groupOf(row: SeriesRow): UsageTotal['group'] {
    const keys = this.request.meter.groupBy;
    const group = Object.fromEntries(
      (this.request.groupBy ?? []).map((key) => [key, row.dimensions?.[keys.indexOf(key)] ?? null]),
    );
    return this.request.regroup?.(group) ?? group;
  }

  /** Whether a series passes the request's filter on dimensions. */
  private passes(row: SeriesRow): boolean {
    const keys = this.request.meter.groupBy;
    return Object.entries(this.request.filter ?? {}).every(([key, values]) => {
      const value = row.dimensions?.[keys.indexOf(key)] ?? null;
      return value !== null && values.includes(value);
    });
  }

  private async load(): Promise<SeriesRow[]> {
    const { meter, tenant } = this.request;
    const patterns = patternsOf(this.request.windows.flat().map((slice) => reachOf(meter, slice)));
    const keys = this.grouped ? meter.groupBy : null;
    const series = new Map<string, SeriesRow>();
    for (const slice of patterns) {
      const asked = { tenant, eventCode: meter.eventCode, keys, slice };
      for (const row of await this.buckets.series(asked)) {
        if (!this.passes(row)) continue;
        const known = series.get(row.id);
        series.set(row.id, known === undefined ? row : joined(known, row));
      }
    }
    return [...series.values()];
  }
}

/** Days of the same series that were asked for by several slices. */
const joined = (series: SeriesRow, more: SeriesRow): SeriesRow => ({
  ...series,
  days: new Map([...series.days, ...more.days]),
});

function inSlice(row: Omit<SeriesRow, 'days'>, slice: UsageSlice): boolean {
  if (slice.from >= slice.to) return false;
  const matches = (asked: string | null | undefined, has: string | null): boolean =>
    asked === undefined || asked === has;
  return (
    matches(slice.customerId, row.customer) &&
    matches(slice.subscriptionId, row.subscription) &&
    matches(slice.entityId, row.entity)
  );
}
