import { DateTime } from 'luxon';
import type { Period } from '../kernel/instant.js';
import { RuleBroken } from '../kernel/rule-broken.js';

export const USAGE_WINDOWS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type UsageWindow = (typeof USAGE_WINDOWS)[number];

/** Windows of one answer: a year of hours, or six days of minutes. */
export const USAGE_WINDOWS_MAX = 10_000;

const MINUTE_MS = 60_000;

/**
 * Cuts a period at the starts of local minutes, hours, days, weeks (Monday), months, quarters or years, one by one. Windows are
 * contiguous, the first and the last are cut by the period, and so they sum to the whole.
 */
export function* eachUsageWindow(
  period: Period,
  window: UsageWindow,
  timezone: string,
): Generator<Period, void> {
  let from = period.from;
  while (from < period.to) {
    const to = Math.min(nextStart(from, window, timezone), period.to);
    yield { from, to };
    from = to;
  }
}

/** All windows of a period; see `eachUsageWindow`. Throws RuleBroken `too_many_windows`. */
export function usageWindows(period: Period, window: UsageWindow, timezone: string): Period[] {
  const windows: Period[] = [];
  for (const one of eachUsageWindow(period, window, timezone)) {
    if (windows.length === USAGE_WINDOWS_MAX) throw tooMany(window);
    windows.push(one);
  }
  return windows;
}

function nextStart(at: number, window: UsageWindow, timezone: string): number {
  // Zones are whole minutes off UTC, so minutes start together everywhere.
  if (window === 'minute') return (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS;
  const start = DateTime.fromMillis(at, { zone: timezone }).startOf(window);
  for (let windows = 1; ; windows += 1) {
    const next = start
      .plus({ [window]: windows })
      .startOf(window)
      .toMillis();
    // Where clocks go back by less than an hour, an hour after the start of one may be the same local hour still.
    if (next > at) return next;
  }
}

const tooMany = (window: UsageWindow): RuleBroken =>
  new RuleBroken(
    'too_many_windows',
    `more than ${USAGE_WINDOWS_MAX} windows of one ${window}`,
    'invalid',
    [
      {
        pointer: '/window',
        code: 'too_many_windows',
        detail: `expected at most ${USAGE_WINDOWS_MAX} windows: shorten the period or take a longer window`,
      },
    ],
  );
