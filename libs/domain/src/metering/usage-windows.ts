import { DateTime } from 'luxon';
import type { Period } from '../kernel/instant.js';
import { RuleBroken } from '../kernel/rule-broken.js';

export const USAGE_WINDOWS = ['hour', 'day', 'week', 'month'] as const;
export type UsageWindow = (typeof USAGE_WINDOWS)[number];

/** Windows of one answer: 31 days of hours and much to spare. */
export const USAGE_WINDOWS_MAX = 10_000;

/**
 * Cuts a period at the starts of local hours, days, weeks (Monday) or months. Windows are contiguous, the first and the last are cut by
 * the period, and so they sum to the whole. Throws RuleBroken `too_many_windows`.
 */
export function usageWindows(period: Period, window: UsageWindow, timezone: string): Period[] {
  const windows: Period[] = [];
  let from = period.from;
  while (from < period.to) {
    if (windows.length === USAGE_WINDOWS_MAX) throw tooMany(window);
    const to = Math.min(nextStart(from, window, timezone), period.to);
    windows.push({ from, to });
    from = to;
  }
  return windows;
}

function nextStart(at: number, window: UsageWindow, timezone: string): number {
  const local = DateTime.fromMillis(at, { zone: timezone });
  return local
    .startOf(window)
    .plus({ [window]: 1 })
    .startOf(window)
    .toMillis();
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
