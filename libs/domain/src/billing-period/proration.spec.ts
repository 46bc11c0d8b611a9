import fc from 'fast-check';
import { prorateMinor } from '../kernel/money.js';
import { billingPeriodAt, type BillingTerms } from './billing-period.js';
import { isTimezone } from './local-day.js';
import { activePart, daysIn, dayShare } from './proration.js';

const at = (iso: string): number => Date.parse(iso);
const period = (from: string, to: string) => ({ from: at(from), to: at(to) });

describe('the days of a period', () => {
  it.each([
    ['none of an empty one', 'UTC', '2024-01-01T00:00Z', '2024-01-01T00:00Z', 0],
    ['one of a moment', 'UTC', '2024-01-01T12:00Z', '2024-01-01T12:00:00.001Z', 1],
    ['not the day that it ends before', 'UTC', '2024-01-01T12:00Z', '2024-01-02T00:00Z', 1],
    ['the day that it ends in', 'UTC', '2024-01-01T12:00Z', '2024-01-02T00:00:00.001Z', 2],
    ['31 with a 23 hour day', 'Europe/Paris', '2024-02-29T23:00Z', '2024-03-31T22:00Z', 31],
    ['31 with a 25 hour day', 'Europe/Paris', '2024-09-30T22:00Z', '2024-10-31T23:00Z', 31],
    ['31 with a skipped date', 'Pacific/Apia', '2011-12-01T10:00Z', '2011-12-31T10:00Z', 31],
    ['local days, not UTC ones', 'Asia/Kathmandu', '2024-01-01T18:00Z', '2024-01-01T18:30Z', 2],
  ])('are %s', (...[, timezone, from, to, days]) => {
    expect(daysIn(period(from, to), timezone)).toBe(days);
  });
});

describe('a fee for part of a period', () => {
  const fee = (some: Partial<BillingTerms>, from: string, to: string | null): number[] => {
    const all = { interval: 'month', billingTime: 'calendar', timezone: 'UTC', ...some } as const;
    const full = billingPeriodAt({ anchor: at(from), ...all }, at(from));
    const part = activePart(full, at(from), to === null ? null : at(to));
    const share = dayShare(part ?? { from: 0, to: 0 }, full, all.timezone);
    return [share.days, share.fullDays];
  };

  it.each([
    [5000, {}, '2024-01-08T15:00Z', null, 24, 31, 3871],
    [1000, {}, '2024-12-15T00:00Z', '2024-12-20T10:00Z', 6, 31, 194],
    [1000, {}, '2024-09-05T00:00Z', '2024-09-06T01:00Z', 2, 30, 67],
    [700, { interval: 'week' }, '2023-06-15T00:00Z', null, 4, 7, 400],
    [91000, { interval: 'quarter' }, '2024-05-20T00:00Z', '2024-06-20T09:00Z', 32, 91, 32000],
    [10000, {}, '2025-02-08T00:00Z', null, 21, 28, 7500],
    [24000, yearFrom('2023-06-29T00:00Z'), '2023-11-01T00:00Z', null, 241, 366, 15803],
    [118800, yearFrom('2023-07-19T00:00Z'), '2023-11-19T00:00Z', null, 243, 366, 78875],
    [1000, {}, '2024-01-01T00:00Z', null, 31, 31, 1000],
  ] as const)('of %i (%j) from %s to %s', (...row) => {
    const [amount, some, from, to, days, fullDays, minor] = row;
    expect(fee(some, from, to)).toEqual([days, fullDays]);
    expect(prorateMinor(amount, days, fullDays)).toBe(minor);
  });

  function yearFrom(anchor: string): Partial<BillingTerms> {
    return { interval: 'year', billingTime: 'anniversary', anchor: at(anchor) };
  }

  it('is never more than the whole fee', () => {
    // The week begins on 7 November at 00:00; a minute later the clocks show 6 November again.
    const terms: BillingTerms = {
      interval: 'week',
      billingTime: 'anniversary',
      anchor: at('2010-10-31T12:00Z'),
      timezone: 'America/St_Johns',
    };
    const full = billingPeriodAt(terms, at('2010-11-07T02:45Z'));
    const part = { from: at('2010-11-07T02:45Z'), to: full.to };
    expect(daysIn(part, terms.timezone)).toBe(8);
    expect(dayShare(part, full, terms.timezone)).toEqual({ days: 7, fullDays: 7 });
  });

  it('does not count what lies beyond the whole', () => {
    const full = period('2024-01-01T00:00Z', '2024-02-01T00:00Z');
    const part = period('2024-01-22T09:00Z', '2024-02-01T02:00Z');
    expect(dayShare(part, full, 'UTC')).toEqual({ days: 10, fullDays: 31 });
  });

  it('grows with the part', () => {
    const full = period('2024-01-01T00:00Z', '2024-02-01T00:00Z');
    const inside = fc.integer({ min: full.from, max: full.to - 1 });
    fc.assert(
      fc.property(inside, inside, (a, b) => {
        const [early, late] = [Math.min(a, b), Math.max(a, b)];
        const long = dayShare({ from: early, to: full.to }, full, 'UTC').days;
        const short = dayShare({ from: late, to: full.to }, full, 'UTC').days;
        expect(short).toBeGreaterThanOrEqual(1);
        expect(long).toBeGreaterThanOrEqual(short);
        expect(long).toBeLessThanOrEqual(31);
      }),
    );
  });
});

describe('the active part of a period', () => {
  const full = { from: 100, to: 200 };

  it.each([
    [0, null, { from: 100, to: 200 }],
    [150, null, { from: 150, to: 200 }],
    [0, 150, { from: 100, to: 150 }],
    [120, 150, { from: 120, to: 150 }],
    [0, 300, { from: 100, to: 200 }],
    [200, null, null],
    [0, 100, null],
    [150, 150, null],
  ])('from %i to %p is %p', (startedAt, endedAt, expected) => {
    expect(activePart(full, startedAt, endedAt)).toEqual(expected);
  });
});

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Paris', 'Asia/Kathmandu', 'Etc/GMT+5'])('may be %s', (name) => {
    expect(isTimezone(name)).toBe(true);
  });

  it.each(['', '+02:00', 'Europe/Nowhere', 'local'])('may not be %p', (name) => {
    expect(isTimezone(name)).toBe(false);
  });
});
