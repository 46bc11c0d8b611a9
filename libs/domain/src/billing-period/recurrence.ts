import type { Instant, Period } from '../kernel/instant.js';
import {
  civilDateOf,
  localDayAt,
  localDayOf,
  startOfLocalDay,
  type LocalDay,
} from './local-day.js';

/** Stretches of whole local days that follow each other without end, in both directions from an anchor day. */
export interface Recurrence {
  readonly anchor: LocalDay;
  readonly every: { readonly days: number } | { readonly months: number };
  readonly timezone: string;
}

/**
 * The anchor of everything that follows the calendar: 1 January 2001 was a Monday, so weeks start on Mondays, quarters in
 * January, April, July and October, half-years in January and July, years on 1 January.
 */
export const CALENDAR_ANCHOR: LocalDay = localDayOf({ year: 2001, month: 1, day: 1 });

/** The stretch that contains the instant. It is never empty, also where the zone skipped a day. */
export function stretchAt(recurrence: Recurrence, at: Instant): Period {
  let index = indexNear(recurrence, localDayAt(recurrence.timezone, at));
  // Clock changes around midnight can put an instant on the other side of the boundary than its local date says.
  while (at < startOf(recurrence, index)) index -= 1;
  while (at >= startOf(recurrence, index + 1)) index += 1;
  return { from: startOf(recurrence, index), to: startOf(recurrence, index + 1) };
}

/** The stretch of a local day, or a neighbour of it. */
function indexNear({ anchor, every }: Recurrence, day: LocalDay): number {
  if ('days' in every) return Math.floor((day - anchor) / every.days);
  const [from, to] = [civilDateOf(anchor), civilDateOf(day)];
  return Math.floor(((to.year - from.year) * 12 + to.month - from.month) / every.months);
}

/** Always derived from the anchor, so an anchor on the 31st returns to the 31st after a shorter month. */
function startOf({ anchor, every, timezone }: Recurrence, index: number): Instant {
  if ('days' in every) return startOfLocalDay(timezone, anchor + index * every.days);
  const date = civilDateOf(anchor);
  const day = localDayOf({ ...date, month: date.month + index * every.months });
  return startOfLocalDay(timezone, day);
}
