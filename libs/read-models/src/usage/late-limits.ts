import type { Instant, SettingsEvent, UsageRecord } from '@odometer/domain';
import { readDomainEvent, type RecordedEvent } from '@odometer/event-store';
import type { SqlClient } from '@odometer/projections';
import type { SetAsideRecord } from './set-aside.js';
import type { BatchPart, BatchSegment, UsageBatch } from './usage-batch.js';

/** Type of the event that says how late records may be from there on. */
export const SETTINGS_CHANGED: SettingsEvent['type'] = 'TenantSettingsChanged';

/** How many days late records may be from such an event on; null = any. */
export function limitDaysOf(event: RecordedEvent): number | null {
  const { data } = readDomainEvent(event) as unknown as SettingsEvent;
  return data.lateEventsLimitDays ?? null;
}

const DAY_MS = 86_400_000;

/**
 * Whether a record came too late: more than the limit lies between its time and its arrival. A record whose time was assigned on arrival is
 * never late. `limitDays` is what held at the record's place in the log; null = no limit.
 */
export const isLate = (
  { timestamp, timestampAssigned }: Pick<UsageRecord, 'timestamp' | 'timestampAssigned'>,
  receivedAt: Instant,
  limitDays: number | null,
): boolean =>
  limitDays !== null && timestampAssigned !== true && receivedAt - timestamp > limitDays * DAY_MS;

/** How late records may be, by tenant, as of the shard's place in the log. */
export class LateLimits {
  private readonly days = new Map<string, number>();

  private constructor(
    private readonly schema: string,
    private readonly shard: number,
  ) {}

  static async load(
    sql: SqlClient,
    place: { readonly schema: string; readonly shard: number },
  ): Promise<LateLimits> {
    const limits = new LateLimits(place.schema, place.shard);
    const { rows } = await sql.query<{ tenant: string; days: number }>(
      `SELECT tenant, days FROM ${place.schema}.late_limit WHERE shard = $1`,
      [place.shard],
    );
    for (const { tenant, days } of rows) limits.days.set(tenant, days);
    return limits;
  }

  /** Takes in a change of a tenant's settings. */
  async change(sql: SqlClient, event: RecordedEvent): Promise<void> {
    const { tenant } = event.metadata;
    const days = limitDaysOf(event);
    if (days === null) {
      this.days.delete(tenant);
      await sql.query(`DELETE FROM ${this.schema}.late_limit WHERE tenant = $1 AND shard = $2`, [
        tenant,
        this.shard,
      ]);
      return;
    }
    this.days.set(tenant, days);
    await sql.query(
      `INSERT INTO ${this.schema}.late_limit (tenant, shard, days) VALUES ($1, $2, $3)
       ON CONFLICT (tenant, shard) DO UPDATE SET days = excluded.days`,
      [tenant, this.shard, days],
    );
  }

  /** The records of a batch that would count and came too late; they no longer count in `counts`. */
  setAside(batch: UsageBatch, counts: Uint8Array): SetAsideRecord[] {
    const late: SetAsideRecord[] = [];
    for (const part of batch.parts) {
      const days = this.days.get(part.tenant);
      if (days === undefined) continue;
      for (const segment of part.segments) late.push(...lateOf(part, segment, days, counts));
    }
    return late;
  }
}

/** Those of a segment. */
function lateOf(
  { columns, base: partBase }: BatchPart,
  { position, receivedAt, base, count }: BatchSegment,
  days: number,
  counts: Uint8Array,
): SetAsideRecord[] {
  const late: SetAsideRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = base + index;
    const timestamp = columns.timestamps[at - partBase]!;
    if (counts[at] !== 1 || !isLate({ timestamp }, receivedAt, days)) continue;
    if (columns.timestampAssigned(at - partBase)) continue;
    counts[at] = 0;
    const place = { position, index };
    late.push({ place, original: place, status: 'late_beyond_limit' });
  }
  return late;
}
