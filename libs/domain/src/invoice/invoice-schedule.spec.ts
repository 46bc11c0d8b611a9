import { fromIso, toIso } from '../kernel/instant.js';
import { isOfPeriod } from './invoice-events.js';
import {
  nextInvoice,
  PERIODS_AHEAD_MAX,
  runningInvoice,
  stretchOf,
  type InvoicingTerms,
  type ScheduledInvoice,
} from './invoice-schedule.js';

const terms = (startedAt: string, changes: Partial<InvoicingTerms> = {}): InvoicingTerms => ({
  interval: 'month',
  billingTime: 'calendar',
  payInAdvance: false,
  anchor: fromIso(startedAt),
  timezone: 'UTC',
  endsAt: null,
  ...changes,
});

/** The first invoices of a life: occasion, start and end of the period. */
function firstInvoices(of: InvoicingTerms, count: number): string[][] {
  const found: string[][] = [];
  let next: ScheduledInvoice | null = nextInvoice(of, null);
  while (next !== null && found.length < count) {
    found.push([next.occasion, toIso(next.period.from), toIso(next.period.to), toIso(next.dueAt)]);
    next = nextInvoice(of, { occasion: next.occasion, periodTo: next.period.to });
  }
  return found.map(([occasion, from, to, due]) => [
    occasion ?? '',
    (from ?? '').slice(0, 16),
    (to ?? '').slice(0, 16),
    ...(due === to ? [] : [`due ${(due ?? '').slice(0, 16)}`]),
  ]);
}

describe('the invoices of a subscription', () => {
  it('close calendar months, the first from the exact start', () => {
    expect(firstInvoices(terms('2023-12-15T13:45:00Z'), 3)).toEqual([
      ['period_end', '2023-12-15T13:45', '2024-01-01T00:00'],
      ['period_end', '2024-01-01T00:00', '2024-02-01T00:00'],
      ['period_end', '2024-02-01T00:00', '2024-03-01T00:00'],
    ]);
  });

  it('return to the 31st after shorter months', () => {
    const of = terms('2024-01-31T01:00:00Z', { billingTime: 'anniversary' });
    expect(firstInvoices(of, 4)).toEqual([
      ['period_end', '2024-01-31T01:00', '2024-02-29T00:00'],
      ['period_end', '2024-02-29T00:00', '2024-03-31T00:00'],
      ['period_end', '2024-03-31T00:00', '2024-04-30T00:00'],
      ['period_end', '2024-04-30T00:00', '2024-05-31T00:00'],
    ]);
  });

  it('close at local midnight, forty-five-minute offsets included', () => {
    const of = (timezone: string): string[][] =>
      firstInvoices(terms('2024-02-10T00:00:00Z', { timezone }), 1);
    expect(of('Asia/Kolkata')).toEqual([['period_end', '2024-02-10T00:00', '2024-02-29T18:30']]);
    expect(of('America/Bogota')).toEqual([['period_end', '2024-02-10T00:00', '2024-03-01T05:00']]);
    expect(of('Asia/Kathmandu')).toEqual([['period_end', '2024-02-10T00:00', '2024-02-29T18:15']]);
  });

  it('begin with the fee in advance, due at the start', () => {
    expect(firstInvoices(terms('2024-01-08T12:00:00Z', { payInAdvance: true }), 2)).toEqual([
      ['start', '2024-01-08T12:00', '2024-02-01T00:00', 'due 2024-01-08T12:00'],
      ['period_end', '2024-01-08T12:00', '2024-02-01T00:00'],
    ]);
  });

  it('end with the subscription, at once', () => {
    const of = terms('2024-01-01T00:00:00Z', { endsAt: fromIso('2024-02-10T08:00:00Z') });
    expect(firstInvoices(of, 9)).toEqual([
      ['period_end', '2024-01-01T00:00', '2024-02-01T00:00'],
      ['termination', '2024-02-01T00:00', '2024-02-10T08:00'],
    ]);
  });

  it('take an agreed end on the first day of a period as the end of the one before', () => {
    const invoices = (endsAt: string, changes: Partial<InvoicingTerms> = {}): string[][] =>
      firstInvoices(
        terms('2024-01-01T00:00:00Z', {
          timezone: 'Europe/Paris',
          endsAt: fromIso(endsAt),
          ...changes,
        }),
        9,
      );
    const january = '2024-01-31T23:00';
    expect(invoices('2024-02-01T22:59:59Z')).toEqual([
      ['termination', '2024-01-01T00:00', '2024-02-01T22:59'],
    ]);
    expect(invoices('2024-02-01T23:00:00Z')).toEqual([
      ['period_end', '2024-01-01T00:00', january],
      ['termination', january, '2024-02-01T23:00'],
    ]);
    expect(invoices('2024-02-01T22:59:59Z', { isTerminated: true })).toEqual([
      ['period_end', '2024-01-01T00:00', january],
      ['termination', january, '2024-02-01T22:59'],
    ]);
  });

  it('have no empty period after an end on a boundary', () => {
    const of = terms('2024-01-01T00:00:00Z', { endsAt: fromIso('2024-02-01T00:00:00Z') });
    expect(firstInvoices(of, 9)).toEqual([['termination', '2024-01-01T00:00', '2024-02-01T00:00']]);
  });

  it('are none after an end that was booked back before what is billed already', () => {
    const ended = terms('2024-01-01T00:00:00Z', { endsAt: fromIso('2024-02-10T00:00:00Z') });
    const last = { occasion: 'period_end', periodTo: fromIso('2024-03-01T00:00:00Z') } as const;
    expect(nextInvoice(ended, last)).toBeNull();
  });

  it('are none when it ended before it started', () => {
    const endsAt = fromIso('2024-01-01T00:00:00Z');
    expect(
      nextInvoice(terms('2024-01-01T00:00:00Z', { endsAt, payInAdvance: true }), null),
    ).toBeNull();
  });

  it.each([
    ['America/Bogota', '2024-03-01T00:00:00Z', '2024-04-01T05:00:00.000Z'],
    ['Asia/Kolkata', '2024-03-01T00:00:00Z', '2024-03-31T18:30:00.000Z'],
    ['Pacific/Kiritimati', '2024-03-01T12:00:00Z', '2024-03-31T10:00:00.000Z'],
    ['Etc/GMT+12', '2024-02-29T10:00:00Z', '2024-04-01T12:00:00.000Z'],
  ])('make no sliver after a move to %s', (timezone, periodTo, end) => {
    const next = nextInvoice(terms('2024-01-01T00:00:00Z', { timezone }), {
      occasion: 'period_end',
      periodTo: fromIso(periodTo),
    });
    expect(toIso(next!.period.from)).toBe(toIso(fromIso(periodTo)));
    expect(toIso(next!.period.to)).toBe(end);
  });
});

describe('the running invoice', () => {
  const of = terms('2024-01-01T00:00:00Z', { endsAt: fromIso('2024-03-10T00:00:00Z') });
  const runningAt = (now: string): string | null => {
    const running = runningInvoice(of, nextInvoice(of, null), fromIso(now));
    return running === null ? null : toIso(running.period.from).slice(0, 10);
  };

  it('is of the period that contains now', () => {
    expect(runningAt('2023-05-01T00:00:00Z')).toBe('2024-01-01');
    expect(runningAt('2024-01-31T23:59:59.999Z')).toBe('2024-01-01');
    expect(runningAt('2024-02-01T00:00:00Z')).toBe('2024-02-01');
    expect(runningAt('2024-03-09T23:59:59.999Z')).toBe('2024-03-01');
    expect(runningAt('2024-03-10T00:00:00Z')).toBeNull();
  });

  it('is looked for in so many periods and no more', () => {
    const weekly = terms('1971-01-01T00:00:00Z', { interval: 'week' });
    const search = (weeks: number): unknown =>
      runningInvoice(weekly, nextInvoice(weekly, null), weekly.anchor + weeks * 7 * 86_400_000);
    expect(search(PERIODS_AHEAD_MAX - 2)).not.toBeNull();
    expect(() => search(PERIODS_AHEAD_MAX + 2)).toThrow('More than 5000 unbilled periods');
  });
});

describe('the stretch of a period', () => {
  const of = terms('2024-01-10T00:00:00Z');
  const stretch = (from: string, to: string) =>
    stretchOf(of, { from: fromIso(from), to: fromIso(to) });

  it('lies in its full period, and says whether the subscription ended in it', () => {
    expect(stretch('2024-01-10T00:00:00Z', '2024-02-01T00:00:00Z')).toEqual({
      period: { from: fromIso('2024-01-10T00:00:00Z'), to: fromIso('2024-02-01T00:00:00Z') },
      full: { from: fromIso('2024-01-01T00:00:00Z'), to: fromIso('2024-02-01T00:00:00Z') },
      timezone: 'UTC',
      endsWithPeriod: false,
    });
    expect(stretch('2024-02-01T00:00:00Z', '2024-02-11T00:00:00Z').endsWithPeriod).toBe(true);
  });
});

describe('invoices of a period', () => {
  it.each([
    ['start', true],
    ['period_end', true],
    ['termination', true],
    ['usage', false],
    ['paid_fees', false],
  ] as const)('%s: %s', (occasion, isOne) => expect(isOfPeriod(occasion)).toBe(isOne));
});
