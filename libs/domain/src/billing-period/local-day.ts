import { IANAZone } from 'luxon';
import type { Instant } from '../kernel/instant.js';

/** A local calendar day as the number of days since 1970-01-01, so that days are counted by subtraction. */
export type LocalDay = number;

/** A calendar date; `month` is 1 to 12. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * Starts of days are asked for again and again (every reading of current usage, every billing run) and an offset costs
 * microseconds in Intl, so the latest answers are kept. They depend on nothing but the key.
 */
export const KNOWN_STARTS_MAX = 10_000;
const knownStarts = new Map<string, Instant>();

/** Whether periods can be computed in this zone: an IANA name such as `Europe/Paris` or `UTC`, not a bare offset. */
export function isTimezone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
}

/** Local time minus UTC. Throws RangeError for a zone that `isTimezone` refuses. */
function offsetAt(timezone: string, instant: Instant): number {
  // luxon keeps zones and their formatters by name, so this builds nothing after the first call for a zone.
  const minutes = IANAZone.create(timezone).offset(instant);
  if (Number.isNaN(minutes)) throw new RangeError(`not a time zone or not an instant: ${timezone}`);
  return minutes * MINUTE_MS;
}

/** The day that clocks of the zone show at the instant. */
export function localDayAt(timezone: string, instant: Instant): LocalDay {
  return Math.floor((instant + offsetAt(timezone, instant)) / DAY_MS);
}

/**
 * The first instant of a local day. Where midnight is skipped it is the moment the clocks jump; where it happens twice, the
 * first time. A day that the zone skipped as a whole starts, and ends, when the following day does.
 */
export function startOfLocalDay(timezone: string, day: LocalDay): Instant {
  const key = `${timezone} ${day}`;
  const known = knownStarts.get(key);
  if (known !== undefined) return known;
  const start = computeStart(timezone, day);
  if (knownStarts.size >= KNOWN_STARTS_MAX) knownStarts.clear();
  knownStarts.set(key, start);
  return start;
}

function computeStart(timezone: string, day: LocalDay): Instant {
  const midnight = day * DAY_MS;
  const offsetBefore = offsetAt(timezone, midnight - DAY_MS);
  const byOffsetBefore = midnight - offsetBefore;
  if (offsetAt(timezone, byOffsetBefore) === offsetBefore) return byOffsetBefore;

  const offsetAfter = offsetAt(timezone, midnight + DAY_MS);
  const byOffsetAfter = midnight - offsetAfter;
  if (offsetAt(timezone, byOffsetAfter) === offsetAfter) return byOffsetAfter;

  return firstInstantWithOtherOffset(timezone, byOffsetAfter, byOffsetBefore);
}

/** The clock change between two instants that lie on different sides of it, by bisection. */
function firstInstantWithOtherOffset(timezone: string, before: Instant, after: Instant): Instant {
  const offsetBefore = offsetAt(timezone, before);
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timezone, middle) === offsetBefore) low = middle;
    else high = middle;
  }
  return high;
}

export function civilDateOf(day: LocalDay): CivilDate {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** The day of a month, or the last one where the month is shorter. Months outside 1 to 12 count on into other years. */
export function localDayOf(date: CivilDate): LocalDay {
  const lastOfMonth = new Date(Date.UTC(date.year, date.month, 0)).getUTCDate();
  return Date.UTC(date.year, date.month - 1, Math.min(date.day, lastOfMonth)) / DAY_MS;
}
