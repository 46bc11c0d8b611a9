import fc from 'fast-check';
import { RESET_INTERVALS } from '../catalog/plan.js';
import { resetWindowAt, type ResetTerms } from './reset-window.js';

const at = (iso: string): number => Date.parse(iso);
const iso = (instant: number | null): string | null =>
  instant === null ? null : new Date(instant).toISOString().replace(':00.000Z', 'Z');

const START = '2024-01-15T10:20Z';

describe('the window of a grant', () => {
  const window = (
    [interval, count, billingTime]: readonly [
      ResetTerms['reset']['interval'],
      number,
      ResetTerms['billingTime'],
    ],
    instant: string,
    timezone = 'UTC',
  ): (string | null)[] => {
    const terms = { reset: { interval, count }, billingTime, anchor: at(START), timezone };
    const { from, to } = resetWindowAt(terms, at(instant));
    return [iso(from), iso(to)];
  };

  it.each([
    ['hour', 1, '2024-03-01T05:30Z', '2024-03-01T05:00Z', '2024-03-01T06:00Z'],
    ['hour', 5, '2024-01-15T21:00Z', '2024-01-15T20:00Z', '2024-01-16T01:00Z'],
    ['day', 1, '2024-03-01T05:30Z', '2024-03-01T00:00Z', '2024-03-02T00:00Z'],
    ['week', 1, '2024-02-29T05:30Z', '2024-02-26T00:00Z', '2024-03-04T00:00Z'],
    ['month', 1, '2024-02-29T05:30Z', '2024-02-01T00:00Z', '2024-03-01T00:00Z'],
    ['month', 2, '2024-04-30T00:00Z', '2024-03-01T00:00Z', '2024-05-01T00:00Z'],
    ['quarter', 1, '2024-05-05T00:00Z', '2024-04-01T00:00Z', '2024-07-01T00:00Z'],
    ['half_year', 1, '2024-08-05T00:00Z', '2024-07-01T00:00Z', '2025-01-01T00:00Z'],
    ['year', 1, '2025-08-05T00:00Z', '2025-01-01T00:00Z', '2026-01-01T00:00Z'],
  ] as const)(
    'of %s × %i follows the calendar at %s',
    (...[interval, count, instant, from, to]) => {
      expect(window([interval, count, 'calendar'], instant)).toEqual([from, to]);
    },
  );

  it.each([
    ['hour', 1, '2024-03-01T05:30Z', '2024-03-01T05:20Z', '2024-03-01T06:20Z'],
    ['hour', 5, '2024-01-15T21:00Z', '2024-01-15T20:20Z', '2024-01-16T01:20Z'],
    ['day', 3, '2024-01-18T00:00Z', '2024-01-18T00:00Z', '2024-01-21T00:00Z'],
    ['week', 1, '2024-01-22T00:00Z', '2024-01-22T00:00Z', '2024-01-29T00:00Z'],
    ['month', 1, '2024-02-29T05:30Z', '2024-02-15T00:00Z', '2024-03-15T00:00Z'],
    ['quarter', 1, '2024-05-05T00:00Z', '2024-04-15T00:00Z', '2024-07-15T00:00Z'],
    ['half_year', 1, '2024-08-05T00:00Z', '2024-07-15T00:00Z', '2025-01-15T00:00Z'],
    ['year', 2, '2026-08-05T00:00Z', '2026-01-15T00:00Z', '2028-01-15T00:00Z'],
  ] as const)('of %s × %i follows the start at %s', (...[interval, count, instant, from, to]) => {
    expect(window([interval, count, 'anniversary'], instant)).toEqual([from, to]);
  });

  it('follows the clocks of the customer', () => {
    expect(window(['month', 1, 'calendar'], '2024-03-31T21:59Z', 'Europe/Paris')).toEqual([
      '2024-02-29T23:00Z',
      '2024-03-31T22:00Z',
    ]);
    expect(window(['hour', 1, 'calendar'], '2024-03-01T05:30Z', 'Asia/Kathmandu')).toEqual([
      '2024-03-01T05:15Z',
      '2024-03-01T06:15Z',
    ]);
  });

  it.each(['calendar', 'anniversary'] as const)('is cut by the start (%s)', (billingTime) => {
    const [from, to] = window(['month', 1, billingTime], '2024-01-20T00:00Z');
    expect(from).toBe(START);
    expect(to).toBe(billingTime === 'calendar' ? '2024-02-01T00:00Z' : '2024-02-15T00:00Z');
    expect(window(['month', 1, 'calendar'], '2024-01-15T10:19Z')).toEqual([
      '2024-01-01T00:00Z',
      START,
    ]);
  });

  it('that is never reset begins with the start and does not end', () => {
    expect(window(['never', 1, 'calendar'], '2030-01-01T00:00Z')).toEqual([START, null]);
    expect(window(['never', 1, 'calendar'], '2024-01-01T00:00Z')).toEqual([
      '1970-01-01T00:00Z',
      START,
    ]);
  });

  it('contains its instant and touches the next', () => {
    const anyTerms = fc.record({
      reset: fc.record({
        interval: fc.constantFrom(...RESET_INTERVALS),
        count: fc.integer({ min: 1, max: 40 }),
      }),
      billingTime: fc.constantFrom('calendar', 'anniversary'),
      anchor: fc.integer({ min: 0, max: at('2035-01-01T00:00Z') }),
      timezone: fc.constantFrom('UTC', 'Asia/Kathmandu', 'Pacific/Apia', 'America/Sao_Paulo'),
    }) as fc.Arbitrary<ResetTerms>;
    const anyInstant = fc.integer({ min: 0, max: at('2035-01-01T00:00Z') });
    fc.assert(
      fc.property(anyTerms, anyInstant, (terms, instant) => {
        const { from, to } = resetWindowAt(terms, instant);
        expect(from).toBeLessThanOrEqual(instant);
        expect(resetWindowAt(terms, from)).toEqual({ from, to });
        if (to === null) return;
        expect(to).toBeGreaterThan(instant);
        expect(resetWindowAt(terms, to - 1)).toEqual({ from, to });
        expect(resetWindowAt(terms, to).from).toBe(to);
      }),
      { numRuns: 300 },
    );
  });
});
