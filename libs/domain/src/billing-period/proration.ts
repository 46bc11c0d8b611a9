import type { Instant, Period } from '../kernel/instant.js';
import { localDayAt } from './local-day.js';

/** The share of a full period that is due, as a fraction of days: `days / fullDays`, at most 1. `prorateMinor` applies it. */
export interface DayShare {
  readonly days: number;
  readonly fullDays: number;
}

/** The part of a period in which something that started and perhaps ended is active; null when there is none. */
export function activePart(
  period: Period,
  startedAt: Instant,
  endedAt: Instant | null,
): Period | null {
  const from = Math.max(period.from, startedAt);
  const to = endedAt === null ? period.to : Math.min(period.to, endedAt);
  return from < to ? { from, to } : null;
}

/**
 * How many local calendar days a stretch of time touches. The day of a start and the day of an end count whole; an end at
 * midnight does not touch the new day. Clock changes neither add nor drop a day, nor does a date that the zone skipped.
 */
export function daysIn(period: Period, timezone: string): number {
  if (period.from >= period.to) return 0;
  return localDayAt(timezone, period.to - 1) - localDayAt(timezone, period.from) + 1;
}

/** The days of a part of a period against the days of the whole of it. What lies beyond the whole is not counted. */
export function dayShare(part: Period, full: Period, timezone: string): DayShare {
  const fullDays = daysIn(full, timezone);
  // Where clocks go back over midnight the first hour of a period still has the date of the day before it.
  const inside = { from: part.from, to: Math.min(part.to, full.to) };
  return { days: Math.min(daysIn(inside, timezone), fullDays), fullDays };
}
