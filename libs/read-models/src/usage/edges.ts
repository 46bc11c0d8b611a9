import {
  compileMeter,
  observationAt,
  type Instant,
  type UsageRecord,
  type UsageSlice,
} from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { addToDigest, emptyHour, HOUR_MS, type HourState } from './hour-state.js';
import { writeIdentity } from './identity.js';
import type { FoundRecord, RecordFinder } from './record-finder.js';
import { IDENTITY_RUNS } from './run-formats.js';
import type { SeriesRow, WindowsRequest } from './window-series.js';

/** Part of an hour that a window cuts. */
export interface EdgeHour {
  /** Hours since 1970. */
  readonly hour: number;
  readonly from: Instant;
  readonly to: Instant;
}

interface EdgeRequest extends EdgeHour {
  readonly request: WindowsRequest;
  readonly series: SeriesRow;
}

/** The hours at the two ends of a slice that it does not cover wholly: none when it starts and ends on full hours. */
export function edgeHours({ from, to }: UsageSlice): EdgeHour[] {
  const first = Math.floor(from / HOUR_MS);
  const last = Math.floor((to - 1) / HOUR_MS);
  const cut: EdgeHour[] = [];
  if (from % HOUR_MS !== 0 || (first === last && to % HOUR_MS !== 0)) {
    cut.push({ hour: first, from, to: Math.min(to, (first + 1) * HOUR_MS) });
  }
  if (last !== first && to % HOUR_MS !== 0) cut.push({ hour: last, from: last * HOUR_MS, to });
  return cut;
}

/** Cut hours whose records are kept: the two of each slice of a customer, and some. */
const EDGES_KEPT = 16;

/** Counts the records of cut hours one by one. In one snapshot, for what was read serves all series of a subject. */
export class EdgeReader {
  private readonly kept = new Map<string, readonly FoundRecord[]>();

  constructor(private readonly finder: RecordFinder) {}

  async read(sql: SqlClient, edge: EdgeRequest): Promise<HourState> {
    const { meter, tenant } = edge.request;
    const compiled = compileMeter(meter);
    const { aggregation } = compiled;
    const into = emptyHour(aggregation);
    const identity = Buffer.alloc(IDENTITY_RUNS.entryBytes);
    for (const found of await this.recordsOf(sql, edge)) {
      const { record, place } = found;
      if (
        found.status !== 'accepted' ||
        !compiled.matches(record) ||
        !sameSeries(edge.series, record)
      )
        continue;
      if (!sameDimensions(edge.series, compiled.dimensions(record))) continue;
      const observation = observationAt(place);
      if (compiled.observe(record, observation) !== null) continue;
      into.state = aggregation.add(into.state, observation);
      into.records += 1;
      writeIdentity(identity, 0, { tenant, record, place });
      addToDigest(into, identity, 0);
    }
    return into;
  }

  private async recordsOf(sql: SqlClient, edge: EdgeRequest): Promise<readonly FoundRecord[]> {
    const { customer, subscription } = edge.series;
    const { from, to, request } = edge;
    const subject = customer === null ? `s:${subscription}` : `c:${customer}`;
    const asked = JSON.stringify([request.tenant, subject, from, to]);
    const known =
      this.kept.get(asked) ??
      (await this.finder.ofSubject(sql, { tenant: request.tenant, subject, from, to }));
    if (this.kept.size >= EDGES_KEPT) this.kept.clear();
    this.kept.set(asked, known);
    return known;
  }
}

const sameSeries = (series: SeriesRow, record: UsageRecord): boolean =>
  series.customer === (record.customerId ?? null) &&
  series.subscription === (record.subscriptionId ?? null) &&
  series.entity === (record.entityId ?? null);

/** A series without dimensions sums all of them up. */
const sameDimensions = (series: SeriesRow, dimensions: readonly (string | null)[]): boolean =>
  series.dimensions === null || series.dimensions.every((value, i) => value === dimensions[i]);
