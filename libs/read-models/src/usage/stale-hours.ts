import {
  observationAt,
  subjectOf,
  type AggregationState,
  type UsageRecord,
} from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import type { BucketRows, MeterHour } from './bucket-rows.js';
import { HOUR_MS, takeFromDigest } from './hour-state.js';
import { writeIdentity, type Place } from './identity.js';
import type { CodeMeters, CountingMeter } from './meter-set.js';
import type { FoundRecord, RecordFinder } from './record-finder.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { seriesKey, type Dimensions } from './series.js';

/** A record that counted and was set aside. */
export interface TakenRecord {
  readonly scope: CodeMeters;
  readonly record: UsageRecord;
  readonly place: Place;
}

interface StaleHour extends MeterHour {
  readonly taken: TakenRecord;
  readonly dimensions: Dimensions | null;
  /** Names the records that it is made of: those of one series of totals and one hour. */
  readonly source: string;
}

/**
 * Hours that something was taken out of. States of aggregations cannot be taken apart (a highest value does not know the second highest),
 * so they are made anew from the records that are left: once for an hour, however many were taken out of it. Numbers of records and
 * digests can, and are at once.
 */
export class StaleHours {
  private readonly stale = new Map<string, StaleHour>();
  private readonly identity = Buffer.alloc(IDENTITY_RUNS.entryBytes);

  constructor(
    private readonly finder: RecordFinder,
    private readonly buckets: BucketRows,
  ) {}

  /** Takes a record out of what a meter counted. */
  async take(sql: SqlClient, taken: TakenRecord, meter: CountingMeter): Promise<void> {
    await this.takeFrom(sql, this.hourOf(taken, meter, null));
    const keys = meter.meter.groupBy;
    if (keys.length === 0) return;
    const values = meter.dimensions(taken.record);
    await this.takeFrom(sql, this.hourOf(taken, meter, { keys, values }));
  }

  /** Makes the states of all stale hours anew. Due before meters change, and before rows are written. */
  async recount(sql: SqlClient): Promise<void> {
    // What shares its records stands side by side, so that they are read once and not kept for long.
    const all = [...this.stale.values()].sort((a, b) => (a.source < b.source ? -1 : 1));
    this.stale.clear();
    let source: string | null = null;
    let left: readonly FoundRecord[] = [];
    for (const stale of all) {
      const state = await this.buckets.wholeHour(sql, stale);
      if (state === undefined) continue;
      if (state.records === 0) {
        this.buckets.removeHour(stale);
        continue;
      }
      if (stale.source !== source) left = await this.leftInHour(sql, stale);
      source = stale.source;
      state.state = stateOf(stale, left);
    }
  }

  private hourOf(
    taken: TakenRecord,
    meter: CountingMeter,
    dimensions: Dimensions | null,
  ): StaleHour {
    const { scope, record } = taken;
    const entry = this.buckets.entry(scope, record, dimensions);
    const hour = Math.floor(record.timestamp / HOUR_MS);
    const source = [scope.tenant, scope.code, seriesKey(record, null), hour].join('\0');
    return { entry, meter, hour, taken, dimensions, source };
  }

  private async takeFrom(sql: SqlClient, stale: StaleHour): Promise<void> {
    const { scope, record, place } = stale.taken;
    const state = await this.buckets.wholeHour(sql, stale);
    if (state === undefined) {
      throw new Error(
        `meter ${stale.meter.tag} counts record ${place.index} at position ${place.position} and has no usage of its hour`,
      );
    }
    state.records -= 1;
    writeIdentity(this.identity, 0, { tenant: scope.tenant, record, place });
    takeFromDigest(state, this.identity, 0);
    this.stale.set(`${stale.entry.series.id} ${stale.hour} ${stale.meter.tag}`, stale);
  }

  /** The records that count in the hour and the series of totals. */
  private async leftInHour(
    sql: SqlClient,
    { hour, taken: { scope, record } }: StaleHour,
  ): Promise<FoundRecord[]> {
    const found = await this.finder.ofSubject(sql, {
      tenant: scope.tenant,
      subject: subjectOf(record),
      from: hour * HOUR_MS,
      to: (hour + 1) * HOUR_MS,
    });
    const key = seriesKey(record, null);
    return found.filter(
      ({ record: other, status }) =>
        status === 'accepted' && other.code === scope.code && seriesKey(other, null) === key,
    );
  }
}

function stateOf({ meter, dimensions }: StaleHour, left: readonly FoundRecord[]): AggregationState {
  const isOfGroup = (record: UsageRecord): boolean =>
    dimensions === null ||
    meter.dimensions(record).every((value, i) => value === dimensions.values[i]);
  let state = meter.aggregation.empty();
  for (const { record, place } of left) {
    if (!meter.matches(record) || !isOfGroup(record)) continue;
    const observation = observationAt(place);
    if (meter.observe(record, observation) === null)
      state = meter.aggregation.add(state, observation);
  }
  return state;
}
