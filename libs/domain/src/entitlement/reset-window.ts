import { localDayAt, startOfLocalDay } from '../billing-period/local-day.js';
import { CALENDAR_ANCHOR, stretchAt, type Recurrence } from '../billing-period/recurrence.js';
import type { ResetInterval } from '../catalog/plan.js';
import type { Instant, Period } from '../kernel/instant.js';

/** The stretch in which usage counts against a grant; `to` is the reset, null when there is none. */
export interface ResetWindow {
  readonly from: Instant;
  readonly to: Instant | null;
}

/** What decides where the windows of a grant begin and end. */
export interface ResetTerms {
  readonly reset: ResetInterval;
  readonly billingTime: 'calendar' | 'anniversary';
  /** When the granting subscription started. */
  readonly anchor: Instant;
  /** The customer's IANA zone. */
  readonly timezone: string;
}

type CalendarInterval = Exclude<ResetInterval['interval'], 'hour' | 'never'>;

const HOUR_MS = 3_600_000;
/** No usage is older: timestamps before 1970 are refused at the door. */
const EARLIEST: Instant = 0;

const LENGTHS: Readonly<Record<CalendarInterval, Recurrence['every']>> = {
  day: { days: 1 },
  week: { days: 7 },
  month: { months: 1 },
  quarter: { months: 3 },
  half_year: { months: 6 },
  year: { months: 12 },
};

/**
 * The window that contains the instant. Resets follow the bill: with calendar billing they fall on calendar boundaries, with
 * anniversary billing on those of the subscription's start, always at local midnights. Hours are counted as time passes, from
 * the local midnight before the start (calendar) or from the start itself. The start cuts the window it lies in,
 * because usage before it was not under the grant.
 */
export function resetWindowAt(terms: ResetTerms, at: Instant): ResetWindow {
  const { anchor } = terms;
  if (terms.reset.interval === 'never') {
    return at < anchor ? { from: EARLIEST, to: anchor } : { from: anchor, to: null };
  }
  const whole = wholeWindowAt(terms, terms.reset.interval, at);
  return at < anchor
    ? { from: whole.from, to: Math.min(whole.to, anchor) }
    : { from: Math.max(whole.from, anchor), to: whole.to };
}

function wholeWindowAt(
  { reset, billingTime, anchor, timezone }: ResetTerms,
  interval: CalendarInterval | 'hour',
  at: Instant,
): Period {
  const anchorDay = localDayAt(timezone, anchor);
  if (interval === 'hour') {
    const origin = billingTime === 'calendar' ? startOfLocalDay(timezone, anchorDay) : anchor;
    const length = reset.count * HOUR_MS;
    const from = origin + Math.floor((at - origin) / length) * length;
    return { from, to: from + length };
  }
  const day = billingTime === 'calendar' ? CALENDAR_ANCHOR : anchorDay;
  return stretchAt({ anchor: day, every: multiple(LENGTHS[interval], reset.count), timezone }, at);
}

const multiple = (every: Recurrence['every'], count: number): Recurrence['every'] =>
  'days' in every ? { days: every.days * count } : { months: every.months * count };
