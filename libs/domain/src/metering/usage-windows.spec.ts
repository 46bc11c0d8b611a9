import fc from 'fast-check';
import { USAGE_WINDOWS, USAGE_WINDOWS_MAX, usageWindows } from './usage-windows.js';

const at = (iso: string): number => Date.parse(iso);
const starts = (
  from: string,
  to: string,
  window: 'hour' | 'day' | 'week' | 'month',
  zone: string,
): string[] =>
  usageWindows({ from: at(from), to: at(to) }, window, zone).map((one) =>
    new Date(one.from).toISOString().slice(0, 16),
  );

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

  it('are limited in number', () => {
    const long = { from: 0, to: (USAGE_WINDOWS_MAX + 1) * 3_600_000 };
    expect(() => usageWindows(long, 'hour', 'UTC')).toThrow('windows');
    expect(
      usageWindows({ ...long, to: USAGE_WINDOWS_MAX * 3_600_000 }, 'hour', 'UTC'),
    ).toHaveLength(USAGE_WINDOWS_MAX);
  });

  it('are contiguous, never empty, and sum to the period', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2010-01-01T00:00Z'), max: at('2030-01-01T00:00Z') }),
        fc.integer({ min: 1, max: 20 * 86_400_000 }),
        fc.constantFrom(...USAGE_WINDOWS),
        fc.constantFrom(
          'UTC',
          'America/Sao_Paulo',
          'Pacific/Apia',
          'Asia/Kathmandu',
          'Australia/Lord_Howe',
        ),
        (from, length, window, zone) => {
          const windows = usageWindows({ from, to: from + length }, window, zone);
          expect(windows[0]!.from).toBe(from);
          expect(windows.at(-1)!.to).toBe(from + length);
          windows.forEach((one, i) => {
            expect(one.to).toBeGreaterThan(one.from);
            if (i > 0) expect(one.from).toBe(windows[i - 1]!.to);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});
