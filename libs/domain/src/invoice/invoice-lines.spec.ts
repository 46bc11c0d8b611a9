import fc from 'fast-check';
import type { Plan } from '../catalog/plan.js';
import { decimal } from '../kernel/decimal.js';
import { fromIso } from '../kernel/instant.js';
import { feeLine, feeOf } from './fee-line.js';
import { buildInvoiceLines } from './invoice-lines.js';
import { priceCharge, type PricedCharge } from './priced-charge.js';
import { nextInvoice, type InvoicingTerms, type LastInvoice } from './invoice-schedule.js';

const planOf = (changes: Partial<Plan>): Plan => ({
  code: 'basic',
  version: 1,
  name: 'Basic',
  currency: 'EUR',
  interval: 'month',
  amount: 1_000,
  payInAdvance: false,
  charges: [],
  entitlements: [],
  ...changes,
});

interface Life {
  readonly startedAt: string;
  readonly endsAt?: string;
  readonly timezone?: string;
  readonly billingTime?: 'calendar' | 'anniversary';
}

const termsOf = (plan: Plan, life: Life): InvoicingTerms => ({
  interval: plan.interval,
  payInAdvance: plan.payInAdvance,
  billingTime: life.billingTime ?? 'calendar',
  anchor: fromIso(life.startedAt),
  timezone: life.timezone ?? 'UTC',
  endsAt: life.endsAt === undefined ? null : fromIso(life.endsAt),
});

/** The fee on the first invoice, or on the one after `last`. */
function feeAmount(
  changes: Partial<Plan>,
  life: Life,
  last: LastInvoice | null = null,
): number | null {
  const plan = planOf(changes);
  const terms = termsOf(plan, life);
  const due = nextInvoice(terms, last)!;
  const ahead =
    due.occasion === 'start'
      ? null
      : nextInvoice(terms, { occasion: due.occasion, periodTo: due.period.to });
  const fee = feeOf(plan, terms, due, ahead);
  return fee === null ? null : feeLine(plan, 'sub', fee).amount;
}

describe('the fee', () => {
  it.each<[string, Partial<Plan>, Life, number]>([
    ['a full month', {}, { startedAt: '2023-01-01T00:00:00Z' }, 1_000],
    [
      '6 of 31 days to an end at midnight',
      {},
      { startedAt: '2022-12-15T00:00:00Z', endsAt: '2022-12-20T00:00:00Z' },
      194,
    ],
    [
      '6 of 31 days to an end at noon',
      {},
      { startedAt: '2022-12-15T23:59:00Z', endsAt: '2022-12-20T12:00:00Z' },
      194,
    ],
    ['2 of 30 days', {}, { startedAt: '2023-09-05T10:00:00Z', endsAt: '2023-09-06T10:00:00Z' }, 67],
    [
      'an end on the boundary, the full month',
      {},
      { startedAt: '2023-01-01T00:00:00Z', endsAt: '2023-02-01T00:00:00Z' },
      1_000,
    ],
    [
      '24 of 31 days in advance',
      { amount: 5_000, payInAdvance: true },
      { startedAt: '2024-01-08T09:00:00Z' },
      3_871,
    ],
    [
      'a week in advance from Thursday',
      { amount: 700, interval: 'week', payInAdvance: true },
      { startedAt: '2023-06-15T05:00:00Z', timezone: 'America/Bogota' },
      400,
    ],
    [
      'in advance by anniversary, never prorated',
      { amount: 5_000, payInAdvance: true },
      { startedAt: '2024-01-08T09:00:00Z', billingTime: 'anniversary' },
      5_000,
    ],
    [
      '32 days of a quarter',
      { amount: 91_000, interval: 'quarter' },
      { startedAt: '2022-05-20T00:00:00Z', endsAt: '2022-06-20T12:00:00Z' },
      32_000,
    ],
    [
      'the first local day only, in Kolkata',
      { amount: 3_100 },
      { startedAt: '2024-01-31T18:00:00Z', timezone: 'Asia/Kolkata' },
      100,
    ],
    ['29 days of February', { amount: 2_900 }, { startedAt: '2024-02-20T00:00:00Z' }, 1_000],
    [
      'across a clock change',
      { amount: 3_100 },
      { startedAt: '2024-03-22T00:00:00Z', timezone: 'Europe/Paris' },
      1_000,
    ],
    ['a free plan', { amount: 0 }, { startedAt: '2024-01-08T09:00:00Z' }, 0],
    ['yen', { amount: 100, currency: 'JPY' }, { startedAt: '2024-01-17T00:00:00Z' }, 48],
  ])('for %s', (_, plan, life, amount) => expect(feeAmount(plan, life)).toBe(amount));

  it('is whole after a move across the date line', () => {
    const life = { startedAt: '2024-01-01T00:00:00Z', timezone: 'Pacific/Kiritimati' };
    const last = { occasion: 'period_end', periodTo: fromIso('2024-03-01T12:00:00Z') } as const;
    expect(feeAmount({}, life, last)).toBe(1_000);
  });

  it('is none after the end of what was paid in advance', () => {
    const life = { startedAt: '2024-01-01T00:00:00Z', endsAt: '2024-01-20T00:00:00Z' };
    const last = { occasion: 'start', periodTo: fromIso('2024-02-01T00:00:00Z') } as const;
    expect(feeAmount({ payInAdvance: true }, life, last)).toBeNull();
  });
});

const DIGEST = 'd'.repeat(32);

const priced = (plan: Plan, chargeIndex: number, units: string): PricedCharge =>
  priceCharge(
    plan,
    {
      chargeIndex,
      meter: {
        code: 'calls',
        version: 3,
        eventCode: 'calls',
        aggregation: { type: 'sum', field: 'n' },
        filters: {},
        groupBy: [],
      },
      position: 9,
      cut: [9, 7],
      parts: [
        {
          key: { filter: null, group: {} },
          total: { group: {}, value: decimal(units), eventsCount: 4, digest: DIGEST },
        },
      ],
    },
    {
      stretch: { period: january, full: january, timezone: 'UTC', endsWithPeriod: false },
      unitRounding: 'exact',
      closesPeriod: true,
    },
  );

const charges: Plan['charges'] = [
  {
    meterCode: 'calls',
    model: 'standard',
    properties: { amount: '0.015' },
    displayName: 'API calls',
  },
  {
    meterCode: 'miles',
    model: 'package',
    properties: { amount: '5', package_size: 1000, free_units: 0 },
  },
];

const january = { from: fromIso('2024-01-01T00:00:00Z'), to: fromIso('2024-02-01T00:00:00Z') };
const wholeMonth = {
  period: january,
  full: january,
  timezone: 'UTC',
  endsWithPeriod: false,
  whole: false,
};
const periodText = { from: '2024-01-01T00:00:00.000Z', to: '2024-02-01T00:00:00.000Z' };

describe('the lines of an invoice', () => {
  const plan = planOf({ charges });
  const basis = { plan, subscriptionId: 'sub', usagePeriod: january, trueUps: [] };

  it('are the fee and the charges, each rounded once', () => {
    const invoice = buildInvoiceLines({
      ...basis,
      fee: feeLine(plan, 'sub', wholeMonth),
      usage: [priced(plan, 0, '3'), priced(plan, 1, '1000.5')],
    });
    expect(invoice.lines).toMatchObject([
      {
        type: 'subscription',
        amount: 1_000,
        unitAmount: '10',
        details: { fee: '10', days: 31, full_period_days: 31 },
      },
      {
        type: 'charge',
        description: 'API calls',
        units: '3',
        unitAmount: '0.015',
        amount: 5,
        period: periodText,
      },
      { type: 'charge', description: 'miles', units: '1000.5', amount: 1_000 },
    ]);
    expect(invoice.lines[1]?.provenance).toEqual({
      planCode: 'basic',
      planVersion: 1,
      chargeIndex: 0,
      meterVersion: 3,
      position: 9,
      cut: [9, 7],
      recordCount: 4,
      digest: DIGEST,
    });
    expect([invoice.subtotal, invoice.total]).toEqual([2_005, 2_005]);
  });

  it('leave out charges of nothing but keep what they counted', () => {
    const free = { ...plan, amount: 0 };
    const fee = feeLine(free, 'sub', wholeMonth);
    const { lines, counted } = buildInvoiceLines({
      ...basis,
      fee,
      usage: [priced(plan, 0, '0'), priced(plan, 1, '0')],
    });
    expect(lines.map(({ type }) => type)).toEqual(['subscription']);
    expect(counted.map(({ meterCode, recordCount }) => [meterCode, recordCount])).toEqual([
      ['calls', 4],
      ['miles', 4],
    ]);
  });

  it.each([
    ['more', '5', 300, [300]],
    ['less', '1', 300, [-180]],
    ['the same', '2.5', 300, []],
  ])('correct a closed period that is worth %s', (_, units, billed, amounts) => {
    const dear = { ...plan, charges: [{ ...charges[0]!, properties: { amount: '1.2' } }] };
    const trueUp = {
      plan: dear,
      period: january,
      priced: priced(dear, 0, units),
      billed,
      invoiceId: 'old',
      number: 'INV-000001',
    };
    const { lines, total } = buildInvoiceLines({
      ...basis,
      fee: null,
      usage: [],
      trueUps: [trueUp],
    });
    expect(lines.map(({ amount }) => amount)).toEqual(amounts);
    expect(total).toBe(amounts.reduce((sum, amount) => sum + amount, 0));
  });

  it('add up as a plain count in integers does', () => {
    const cents = fc.bigInt({ min: 0n, max: 10_000_000n });
    const thousandths = fc.bigInt({ min: 0n, max: 1_000_000n });
    fc.assert(
      fc.property(fc.array(fc.tuple(cents, thousandths), { maxLength: 6 }), (rows) => {
        // Price in ten-thousandths of a euro, units in thousandths: the exact amount in units of 1e-7 euro, cents are 1e5 of them.
        const dear = planOf({
          charges: rows.map(([price]) => ({
            meterCode: 'calls',
            model: 'standard',
            properties: { amount: decimal(price.toString()).div(10_000).toFixed() },
          })),
        });
        const totals = rows.map(([, units], index) =>
          priced(dear, index, decimal(units.toString()).div(1_000).toFixed()),
        );
        const { total } = buildInvoiceLines({ ...basis, plan: dear, fee: null, usage: totals });
        const expected = rows.reduce(
          (sum, [price, units]) => sum + (price * units + 50_000n) / 100_000n,
          0n,
        );
        expect(BigInt(total)).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });
});
