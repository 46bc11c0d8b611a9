import {
  decimal,
  DEFAULT_SETTINGS,
  type FinalInvoice,
  type Meter,
  type Plan,
} from '@odometer/domain';
import { lateUsageOf, LATE_USAGE_INVOICES_MAX } from './late-usage.js';
import type { Billed } from './read-charges.js';

const meter: Meter = {
  code: 'calls',
  version: 2,
  eventCode: 'calls',
  aggregation: { type: 'count' },
  filters: {},
  groupBy: [],
};
const plan: Plan = {
  code: 'basic',
  version: 1,
  name: 'Basic',
  currency: 'EUR',
  interval: 'month',
  amount: 0,
  payInAdvance: false,
  charges: [{ meterCode: 'calls', model: 'standard', properties: { amount: '1' } }],
  entitlements: [],
};
const billed: Billed = {
  plan,
  ofCustomer: [],
  settings: DEFAULT_SETTINGS,
  subscription: {
    tenant: 't',
    customerId: 'acme',
    externalId: 'sub',
    incarnation: 1,
    planCode: 'basic',
    planVersion: 1,
    billingTime: 'calendar',
    startedAt: 0,
    endsAt: null,
    isTerminated: false,
    next: null,
    timezone: 'UTC',
    gracePeriodDays: 0,
    testClock: null,
  },
};

const finalOf = (number: string, counted: FinalInvoice['counted']): FinalInvoice => ({
  invoiceId: `id-${number}`,
  number,
  subscriptionId: 'sub',
  incarnation: 1,
  occasion: 'period_end',
  planCode: 'basic',
  planVersion: 1,
  currency: 'EUR',
  timezone: 'UTC',
  period: { from: 0, to: 1_000 },
  lines: [],
  counted,
  total: 0,
});

const counted = (recordCount: number, digest: string, meterVersion = 2) => ({
  chargeIndex: 0,
  meterCode: 'calls',
  meterVersion,
  recordCount,
  digest: digestOf(digest),
});

const digestOf = (text: string): string => text.padEnd(32, '0');

/** Late usage where the period now holds 3 records with digest `abc`; `asked` is how many invoices were looked at at most. */
async function lateUsage(...finals: FinalInvoice[]): Promise<{ late: string[]; asked: number }> {
  let asked = 0;
  const trueUps = await lateUsageOf(
    {
      catalog: {
        plan: () => Promise.resolve(plan),
        meters: () => Promise.resolve([meter]),
        settings: () => Promise.resolve(DEFAULT_SETTINGS),
      },
      readUsage: () =>
        Promise.resolve({
          position: 1,
          cut: [1],
          totals: [{ group: {}, value: decimal(3), eventsCount: 3, digest: digestOf('abc') }],
        }),
      readMeteredEvents: () =>
        Promise.reject(new Error('no charge here is priced by single records')),
      finalInvoices: (_tenant, _life, limit) => {
        asked = limit;
        return Promise.resolve(finals.slice(0, limit));
      },
    },
    billed,
  );
  return { late: trueUps.map(({ number }) => number), asked };
}

describe('late usage', () => {
  it.each([
    ['the same records', counted(3, 'abc'), []],
    ['fewer records', counted(2, 'abd'), ['N1']],
    ['as many but other records', counted(3, 'abd'), ['N1']],
    ['another definition of the meter', counted(2, 'abd', 1), []],
  ])('is looked for where an invoice counted %s', async (_, before, late) => {
    expect((await lateUsage(finalOf('N1', [before]))).late).toEqual(late);
  });

  it('is listed from the oldest period on, in so many invoices at most', async () => {
    const finals = [finalOf('N2', [counted(0, '')]), finalOf('N1', [counted(0, '')])];
    expect(await lateUsage(...finals)).toEqual({
      late: ['N1', 'N2'],
      asked: LATE_USAGE_INVOICES_MAX,
    });
  });
});
