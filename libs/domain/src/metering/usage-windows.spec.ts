import fc from 'fast-check';
import { DateTime } from 'luxon';
import {
  USAGE_WINDOWS,
  USAGE_WINDOWS_MAX,
  usageWindows,
  type UsageWindow,
} from './usage-windows.js';

const at = (iso: string): number => Date.parse(iso);
const starts = (from: string, to: string, window: UsageWindow, zone: string): string[] =>
  usageWindows({ from: at(from), to: at(to) }, window, zone).map((one) =>
    new Date(one.from).toISOString().slice(0, 16),
  );

/** Days that are tried with each window. */
const LONGEST: Record<UsageWindow, number> = {
  minute: 1 / 10,
  hour: 4,
  day: 100,
  week: 400,
  month: 2_000,
  quarter: 2_000,
  year: 4_000,
};

describe('usage windows', () => {
  it('start at local midnights and are cut by the period', () => {
    expect(starts('2026-03-01T12:00Z', '2026-03-03T12:00Z', 'day', 'Europe/Paris')).toEqual([
      '2026-03-01T12:00',
      '2026-03-01T23:00',
      '2026-03-02T23:00',
    ]);
  });

  it('follow zones that are three quarters of an hour off', () => {
    expect(starts('2026-03-01T00:00Z', '2026-03-01T02:00Z', 'hour', 'Asia/Kathmandu')).toEqual([
      '2026-03-01T00:00',
      '2026-03-01T00:15',
      '2026-03-01T01:15',
    ]);
  });

  it('begin weeks on Monday and months on the first', () => {
    expect(starts('2026-03-04T00:00Z', '2026-03-16T00:00Z', 'week', 'UTC')).toEqual([
      '2026-03-04T00:00',
      '2026-03-09T00:00',
    ]);
    expect(starts('2026-01-31T00:00Z', '2026-03-02T00:00Z', 'month', 'UTC')).toEqual([
      '2026-01-31T00:00',
      '2026-02-01T00:00',
      '2026-03-01T00:00',
    ]);
  });

  it('begin quarters in January, April, July and October, and years in January', () => {
    expect(starts('2026-02-15T00:00Z', '2027-02-01T00:00Z', 'quarter', 'Europe/Paris')).toEqual([
      '2026-02-15T00:00',
      '2026-03-31T22:00',
      '2026-06-30T22:00',
      '2026-09-30T22:00',
      '2026-12-31T23:00',
    ]);
    expect(starts('2025-12-31T00:00Z', '2027-01-01T00:00Z', 'year', 'Asia/Tokyo')).toEqual([
      '2025-12-31T00:00',
      '2025-12-31T15:00',
      '2026-12-31T15:00',
    ]);
  });

  it('have an hour more when clocks go back, and an hour less when they go forward', () => {
    const back = starts('2026-10-25T00:00Z', '2026-10-25T03:00Z', 'hour', 'Europe/Paris');
    expect(back).toEqual(['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00']);
    expect(starts('2026-03-28T23:00Z', '2026-03-30T22:00Z', 'day', 'Europe/Paris')).toEqual([
      '2026-03-28T23:00',
      '2026-03-29T22:00',
    ]);
  });

  it('have half an hour more where clocks go back by that', () => {
    // Two o'clock at UTC+11 becomes half past one at UTC+10:30.
    expect(starts('2014-04-05T13:00Z', '2014-04-05T17:00Z', 'hour', 'Australia/Lord_Howe')).toEqual(
      ['2014-04-05T13:00', '2014-04-05T14:00', '2014-04-05T15:30', '2014-04-05T16:30'],
    );
    expect(starts('2014-04-05T15:10Z', '2014-04-05T16:00Z', 'hour', 'Australia/Lord_Howe')).toEqual(
      ['2014-04-05T15:10', '2014-04-05T15:30'],
    );
  });

  it('of a minute start on full minutes', () => {
    expect(
      starts('2026-03-01T00:00:30Z', '2026-03-01T00:02:10Z', 'minute', 'Asia/Kathmandu'),
    ).toEqual(['2026-03-01T00:00', '2026-03-01T00:01', '2026-03-01T00:02']);
  });

  it('are limited in number', () => {
    const long = { from: 0, to: (USAGE_WINDOWS_MAX + 1) * 3_600_000 };
    expect(() => usageWindows(long, 'hour', 'UTC')).toThrow('windows');
    expect(
      usageWindows({ ...long, to: USAGE_WINDOWS_MAX * 3_600_000 }, 'hour', 'UTC'),
    ).toHaveLength(USAGE_WINDOWS_MAX);
  });

  it('are contiguous, never empty, start on local boundaries, and sum to the period', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2010-01-01T00:00Z'), max: at('2030-01-01T00:00Z') }),
        fc
          .constantFrom(...USAGE_WINDOWS)
          .chain((window) =>
            fc.tuple(
              fc.constant(window),
              fc.integer({ min: 1, max: Math.floor(LONGEST[window] * 86_400_000) }),
            ),
          ),
        fc.constantFrom(
          'UTC',
          'America/Sao_Paulo',
          'Pacific/Apia',
          'Asia/Kathmandu',
          'Australia/Lord_Howe',
          'Australia/Eucla',
          'Pacific/Chatham',
          'America/New_York',
          'Africa/Cairo',
          'Asia/Beirut',
        ),
        (from, [window, length], zone) => {
          const windows = usageWindows({ from, to: from + length }, window, zone);
          const bounds = windows.map((one) => one.from);
          expect([bounds[0], windows.at(-1)!.to]).toEqual([from, from + length]);
          expect(windows.map((one) => one.to).slice(0, -1)).toEqual(bounds.slice(1));
          expect(windows.every((one) => one.to > one.from)).toBe(true);
          const local = bounds.slice(1).map((at) => DateTime.fromMillis(at, { zone }));
          expect(local.map((at) => at.startOf(window).toMillis())).toEqual(bounds.slice(1));
        },
      ),
      { numRuns: 200 },
    );
  });
});
