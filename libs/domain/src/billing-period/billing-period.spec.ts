import fc from 'fast-check';
import { RuleBroken } from '../kernel/rule-broken.js';
import {
  billingPeriodAt,
  nextPeriod,
  PERIODS_MAX,
  periodsFrom,
  type BillingTerms,
} from './billing-period.js';
import { KNOWN_STARTS_MAX, startOfLocalDay } from './local-day.js';
import { daysIn } from './proration.js';

/** These crossed the date line in 1994 and 2011. */
const LEFT_A_DAY_OUT: ReadonlySet<string> = new Set(['Pacific/Kiritimati', 'Pacific/Apia']);

const at = (iso: string): number => Date.parse(iso);
const terms = (some: Partial<BillingTerms>): BillingTerms => ({
  interval: 'month',
  billingTime: 'calendar',
  anchor: at('2024-01-31T01:00:00Z'),
  timezone: 'UTC',
  ...some,
});
const shown = ({ from, to }: { from: number; to: number }): string =>
  `${new Date(from).toISOString()} ${new Date(to).toISOString()}`.replaceAll(':00.000Z', 'Z');

describe('a calendar period', () => {
  it.each([
    ['week', '2024-02-29T12:00Z', '2024-02-26T00:00Z 2024-03-04T00:00Z'],
    ['week', '2024-02-26T00:00Z', '2024-02-26T00:00Z 2024-03-04T00:00Z'],
    ['month', '2024-02-29T23:59Z', '2024-02-01T00:00Z 2024-03-01T00:00Z'],
    ['month', '2024-03-01T00:00Z', '2024-03-01T00:00Z 2024-04-01T00:00Z'],
    ['quarter', '2024-05-20T00:00Z', '2024-04-01T00:00Z 2024-07-01T00:00Z'],
    ['quarter', '2024-12-31T00:00Z', '2024-10-01T00:00Z 2025-01-01T00:00Z'],
    ['half_year', '2024-06-30T00:00Z', '2024-01-01T00:00Z 2024-07-01T00:00Z'],
    ['half_year', '1999-07-01T00:00Z', '1999-07-01T00:00Z 2000-01-01T00:00Z'],
    ['year', '1970-01-01T00:00Z', '1970-01-01T00:00Z 1971-01-01T00:00Z'],
  ] as const)('of a %s at %s is %s', (interval, instant, expected) => {
    expect(shown(billingPeriodAt(terms({ interval }), at(instant)))).toBe(expected);
  });

  it.each([
    ['Asia/Kolkata', '2024-03-31T18:30Z', '2024-03-31T18:30Z 2024-04-30T18:30Z'],
    ['Asia/Kolkata', '2024-03-31T18:29Z', '2024-02-29T18:30Z 2024-03-31T18:30Z'],
    ['America/Bogota', '2024-03-01T04:59Z', '2024-02-01T05:00Z 2024-03-01T05:00Z'],
    ['Asia/Kathmandu', '2024-01-01T00:00Z', '2023-12-31T18:15Z 2024-01-31T18:15Z'],
    ['Pacific/Chatham', '2024-04-15T00:00Z', '2024-03-31T10:15Z 2024-04-30T11:15Z'],
    ['Europe/Paris', '2024-03-15T00:00Z', '2024-02-29T23:00Z 2024-03-31T22:00Z'],
    ['America/New_York', '2024-11-15T00:00Z', '2024-11-01T04:00Z 2024-12-01T05:00Z'],
  ])('in %s at %s is %s', (timezone, instant, expected) => {
    expect(shown(billingPeriodAt(terms({ timezone }), at(instant)))).toBe(expected);
  });
});

describe('an anniversary period', () => {
  it('returns to the 31st after shorter months', () => {
    const monthly = terms({ billingTime: 'anniversary' });
    const starts = periodsFrom(monthly, monthly.anchor, at('2024-06-01T00:00Z')).map(shown);
    expect(starts).toEqual([
      '2024-01-31T00:00Z 2024-02-29T00:00Z',
      '2024-02-29T00:00Z 2024-03-31T00:00Z',
      '2024-03-31T00:00Z 2024-04-30T00:00Z',
      '2024-04-30T00:00Z 2024-05-31T00:00Z',
      '2024-05-31T00:00Z 2024-06-30T00:00Z',
    ]);
  });

  it.each([
    ['quarter', '2022-01-31T00:00Z', '2022-05-01T00:00Z', '2022-04-30T00:00Z 2022-07-31T00:00Z'],
    ['quarter', '2022-01-31T00:00Z', '2022-11-01T00:00Z', '2022-10-31T00:00Z 2023-01-31T00:00Z'],
    ['half_year', '2023-08-31T00:00Z', '2024-02-29T00:00Z', '2024-02-29T00:00Z 2024-08-31T00:00Z'],
    ['year', '2020-02-29T00:00Z', '2020-03-01T00:00Z', '2020-02-29T00:00Z 2021-02-28T00:00Z'],
    ['year', '2020-02-29T00:00Z', '2021-02-28T00:00Z', '2021-02-28T00:00Z 2022-02-28T00:00Z'],
    ['year', '2020-02-29T00:00Z', '2024-02-29T00:00Z', '2024-02-29T00:00Z 2025-02-28T00:00Z'],
    ['week', '2023-06-15T09:00Z', '2023-06-21T23:59Z', '2023-06-15T00:00Z 2023-06-22T00:00Z'],
    ['month', '2024-01-30T00:00Z', '2024-02-29T00:00Z', '2024-02-29T00:00Z 2024-03-30T00:00Z'],
    ['month', '2024-01-30T00:00Z', '2023-11-30T00:00Z', '2023-11-30T00:00Z 2023-12-30T00:00Z'],
  ] as const)('of a %s from %s at %s is %s', (interval, anchor, instant, expected) => {
    const yearly = terms({ interval, billingTime: 'anniversary', anchor: at(anchor) });
    expect(shown(billingPeriodAt(yearly, at(instant)))).toBe(expected);
  });

  it('counts from the local date of the start', () => {
    // 23:30Z on the 14th is the 15th in Berlin.
    const berlin = terms({
      billingTime: 'anniversary',
      anchor: at('2024-06-14T23:30Z'),
      timezone: 'Europe/Berlin',
    });
    expect(shown(billingPeriodAt(berlin, berlin.anchor))).toBe(
      '2024-06-14T22:00Z 2024-07-14T22:00Z',
    );
  });
});

describe('a local midnight that is out of the ordinary', () => {
  const starting = (timezone: string, anchor: string, instant: string): string =>
    shown(
      billingPeriodAt(
        terms({ billingTime: 'anniversary', timezone, anchor: at(anchor) }),
        at(instant),
      ),
    );

  it('is the moment of the clock change where it does not exist', () => {
    expect(starting('America/Sao_Paulo', '2018-10-04T12:00Z', '2018-11-04T03:00Z')).toBe(
      '2018-11-04T03:00Z 2018-12-04T02:00Z',
    );
    expect(starting('Asia/Beirut', '2024-02-29T12:00Z', '2024-03-30T12:00Z')).toBe(
      '2024-03-28T22:00Z 2024-04-28T21:00Z',
    );
    expect(starting('Asia/Beirut', '2024-01-31T12:00Z', '2024-03-30T22:00Z')).toBe(
      '2024-03-30T22:00Z 2024-04-29T21:00Z',
    );
  });

  it('is the moment of the clock change also where that began the day before', () => {
    // Toronto went from 23:30 on 30 March 1919 to 00:30 on the 31st.
    const lastOfMarch = at('1919-03-31T00:00Z') / 86_400_000;
    expect(startOfLocalDay('America/Toronto', lastOfMarch)).toBe(at('1919-03-31T04:30Z'));
  });

  it('is the first one where it happens twice', () => {
    expect(starting('America/Havana', '2024-10-03T12:00Z', '2024-11-03T04:30Z')).toBe(
      '2024-11-03T04:00Z 2024-12-03T05:00Z',
    );
  });

  it('keeps an instant in its period where clocks go back over midnight', () => {
    // St. John's went from 00:01 back to 23:01: this instant is still called 31 October, in November.
    const stJohns = terms({ timezone: 'America/St_Johns' });
    expect(shown(billingPeriodAt(stJohns, at('2010-11-07T02:45Z')))).toBe(
      '2010-11-01T02:30Z 2010-12-01T03:30Z',
    );
    const weekly = terms({
      timezone: 'America/St_Johns',
      interval: 'week',
      billingTime: 'anniversary',
      anchor: at('2010-10-31T12:00Z'),
    });
    expect(shown(billingPeriodAt(weekly, at('2010-11-07T02:45Z')))).toBe(
      '2010-11-07T02:30Z 2010-11-14T03:30Z',
    );
  });

  it('passes over a day that the zone skipped', () => {
    const weekly = terms({
      timezone: 'Pacific/Apia',
      interval: 'week',
      billingTime: 'anniversary',
      anchor: at('2011-12-23T12:00Z'),
    });
    expect(shown(billingPeriodAt(weekly, at('2011-12-30T10:00Z')))).toBe(
      '2011-12-30T10:00Z 2012-01-05T10:00Z',
    );
    expect(shown(billingPeriodAt(weekly, at('2011-12-30T09:59Z')))).toBe(
      '2011-12-23T10:00Z 2011-12-30T10:00Z',
    );
    expect(startOfLocalDay('Pacific/Apia', 15_338)).toBe(startOfLocalDay('Pacific/Apia', 15_339));
  });
});

describe('a list of periods', () => {
  it('is empty for an empty stretch', () => {
    expect(periodsFrom(terms({}), 5, 5)).toEqual([]);
  });

  it('ends with the period that contains the last instant', () => {
    const [from, to] = [at('2024-01-15T00:00Z'), at('2024-03-01T00:00Z')];
    expect(periodsFrom(terms({}), from, to).map(shown)).toEqual([
      '2024-01-01T00:00Z 2024-02-01T00:00Z',
      '2024-02-01T00:00Z 2024-03-01T00:00Z',
    ]);
    expect(periodsFrom(terms({}), from, to + 1)).toHaveLength(3);
  });

  it(`has at most ${PERIODS_MAX} entries`, () => {
    const weekly = terms({ interval: 'week' });
    const monday = at('1970-01-05T00:00Z');
    const most = monday + PERIODS_MAX * 7 * 86_400_000;
    expect(periodsFrom(weekly, monday, most)).toHaveLength(PERIODS_MAX);
    expect(() => periodsFrom(weekly, monday, most + 1)).toThrow(RuleBroken);
  });

  it('stays right when more days are asked for than are kept', () => {
    const first = startOfLocalDay('Europe/Paris', 0);
    for (let day = 0; day <= KNOWN_STARTS_MAX; day += 1) startOfLocalDay('Europe/Paris', day);
    expect(startOfLocalDay('Europe/Paris', 0)).toBe(first);
  });
});

describe('a period in a zone that does not exist', () => {
  it('is refused', () => {
    expect(() => billingPeriodAt(terms({ timezone: 'Europe/Nowhere' }), 0)).toThrow(RangeError);
  });
});

describe('any period', () => {
  const anyTerms = fc.record({
    interval: fc.constantFrom('week', 'month', 'quarter', 'half_year', 'year'),
    billingTime: fc.constantFrom('calendar', 'anniversary'),
    anchor: fc.integer({ min: 0, max: at('2040-01-01T00:00Z') }),
    timezone: fc.constantFrom(
      'UTC',
      'America/Sao_Paulo',
      'America/St_Johns',
      'America/Havana',
      'Asia/Beirut',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'Pacific/Chatham',
      'Pacific/Kiritimati',
      'Africa/Casablanca',
      'Europe/London',
    ),
  }) as fc.Arbitrary<BillingTerms>;
  const anyInstant = fc.integer({ min: 0, max: at('2040-01-01T00:00Z') });

  it('contains its instant, is stable, and touches the next', () => {
    fc.assert(
      fc.property(anyTerms, anyInstant, (some, instant) => {
        const period = billingPeriodAt(some, instant);
        expect(period.from).toBeLessThanOrEqual(instant);
        expect(period.to).toBeGreaterThan(instant);
        expect(billingPeriodAt(some, period.from)).toEqual(period);
        expect(billingPeriodAt(some, period.to - 1)).toEqual(period);
        expect(nextPeriod(some, period).from).toBe(period.to);
        expect(billingPeriodAt(some, period.from - 1).to).toBe(period.from);
      }),
      { numRuns: 500 },
    );
  });

  it('of a year whose last day the zone left out has 364 days', () => {
    const kiritimati = terms({ interval: 'year', timezone: 'Pacific/Kiritimati' });
    const year = billingPeriodAt(kiritimati, at('1994-06-01T00:00Z'));
    expect(daysIn(year, kiritimati.timezone)).toBe(364);
  });

  it('of a year has the days of its months', () => {
    fc.assert(
      fc.property(anyTerms, anyInstant, (some, instant) => {
        const year = billingPeriodAt({ ...some, interval: 'year' }, instant);
        const months = periodsFrom({ ...some, interval: 'month' }, year.from, year.to);
        const days = months.reduce((sum, month) => sum + daysIn(month, some.timezone), 0);
        expect(months).toHaveLength(12);
        // The day that a zone left out is missed where a month or the year begins or ends with it.
        const missed = LEFT_A_DAY_OUT.has(some.timezone) ? [0, 1] : [0];
        expect(missed).toContain(daysIn(year, some.timezone) - days);
        expect(missed.flatMap((one) => [365 - one, 366 - one])).toContain(days);
      }),
      { numRuns: 200 },
    );
  });
});
