import type { UsageSlice } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { DAY_MS } from './hour-state.js';
import { DayUnpacker, type PackedDay } from './stored-day.js';
import type { SeriesRow } from './window-series.js';

/** One day of a series. */
interface BucketRow extends Omit<SeriesRow, 'days'> {
  readonly day: number;
  readonly hours: string;
}

export interface BucketsAsked {
  readonly tenant: string;
  readonly eventCode: string;
  /** Keys that the series are kept apart by; null for totals. */
  readonly keys: readonly string[] | null;
  readonly slice: UsageSlice;
}

/**
 * Reads buckets in one snapshot. All meters of an event code share their rows, so what one request has read and parsed serves the next:
 * many charges cost little more than one.
 */
export class BucketReader {
  private readonly read = new Map<string, readonly SeriesRow[]>();
  private readonly days = new DayUnpacker();

  constructor(
    private readonly sql: SqlClient,
    private readonly schema: string,
  ) {}

  async series({ tenant, eventCode, keys, slice }: BucketsAsked): Promise<readonly SeriesRow[]> {
    const values: unknown[] = [
      tenant,
      eventCode,
      keys,
      Math.floor(slice.from / DAY_MS),
      Math.ceil(slice.to / DAY_MS),
    ];
    const conditions = (['customer', 'subscription', 'entity'] as const).map((column) =>
      conditionOf(column, slice[`${column}Id`], values),
    );
    const asked = JSON.stringify([values, conditions]);
    const known = this.read.get(asked);
    if (known !== undefined) return known;
    const { rows } = await this.sql.query<BucketRow>(
      `SELECT s.id, s.customer, s.subscription, s.entity, s.dimensions, b.day, b.hours
         FROM ${this.schema}.series s JOIN ${this.schema}.bucket b ON b.series = s.id
        WHERE s.tenant = $1 AND s.code = $2 AND s.keys IS NOT DISTINCT FROM $3::text[]
          AND b.day >= $4 AND b.day < $5 ${conditions.join(' ')}`,
      values,
    );
    const series = seriesOf(rows, this.days);
    this.read.set(asked, series);
    return series;
  }
}

function seriesOf(rows: readonly BucketRow[], unpacker: DayUnpacker): SeriesRow[] {
  const series = new Map<string, SeriesRow & { readonly days: Map<number, PackedDay> }>();
  for (const { day, hours, ...ids } of rows) {
    const known = series.get(ids.id) ?? { ...ids, days: new Map<number, PackedDay>() };
    series.set(ids.id, known);
    known.days.set(day, unpacker.read(hours));
  }
  return [...series.values()];
}

function conditionOf(column: string, id: string | null | undefined, values: unknown[]): string {
  if (id === undefined) return '';
  if (id === null) return `AND s.${column} IS NULL`;
  values.push(id);
  return `AND s.${column} = $${values.length}`;
}
