import type { Charge, Meter } from '@odometer/domain';
import { at, openBillingWorld, planOf, type BillingWorld, type Tenant } from './billing-world.js';

let world: BillingWorld;
beforeAll(async () => (world = await openBillingWorld()));
afterAll(() => world.close());

const meterOf = (changes: Partial<Meter>): Meter => ({
  code: 'calls',
  version: 1,
  eventCode: 'calls',
  aggregation: { type: 'sum', field: 'amount' },
  filters: {},
  groupBy: [],
  ...changes,
});

const chargeOf = (changes: Partial<Charge>): Charge => ({
  meterCode: 'calls',
  model: 'standard',
  properties: { amount: '10' },
  ...changes,
});

async function tenantOf(
  meter: Partial<Meter>,
  charge: Partial<Charge>,
  startedAt = '2023-09-01T00:00:00Z',
): Promise<Tenant> {
  const tenant = world.tenant();
  await tenant.define(meterOf(meter));
  await tenant.publish(planOf({ amount: 0, charges: [chargeOf(charge)] }));
  await tenant.register({ id: 'acme' });
  await tenant.subscribe({ startedAt });
  return tenant;
}

const use = (tenant: Tenant, time: string, properties: Record<string, string>): Promise<void> =>
  tenant.use([{ timestamp: at(time), properties }]);

async function usageAt(tenant: Tenant, time: string) {
  await world.settle();
  return world.reports.currentUsage(tenant.id, 'sub', at(time));
}

describe('filters and groups', () => {
  const byCloud: Partial<Charge> = {
    properties: { amount: '0.12' },
    filters: [
      { values: { cloud: ['gcp'] }, properties: { amount: '0.10' } },
      { values: { cloud: ['aws', 'gcp'], tier: ['spot'] }, properties: { amount: '0.05' } },
    ],
  };

  it.each<[string, Partial<Meter>]>([
    ['from the records', {}],
    ['from the buckets', { groupBy: ['tier', 'cloud'] }],
  ])('price records by the most specific filter, %s', async (_, meter) => {
    const tenant = await tenantOf(meter, byCloud);
    await use(tenant, '2023-09-02T10:30:00Z', { amount: '100', cloud: 'gcp' });
    await use(tenant, '2023-09-03T10:30:00Z', { amount: '100', cloud: 'gcp', tier: 'spot' });
    await use(tenant, '2023-09-04T10:30:00Z', { amount: '100', cloud: 'azure', tier: 'spot' });
    const { amount, charges } = await usageAt(tenant, '2023-09-10T00:00:00Z');
    expect(amount).toBe(1_000 + 500 + 1_200);
    expect(charges[0]?.filters.map(({ values, units, amount }) => [values, units, amount])).toEqual(
      [
        [{ cloud: ['gcp'] }, '100', 1_000],
        [{ cloud: ['aws', 'gcp'], tier: ['spot'] }, '100', 500],
        [null, '100', 1_200],
      ],
    );
    await world.bill(tenant, '2023-10-01T00:00:00Z');
    const [invoice] = await tenant.invoices();
    expect(invoice?.lines.map(({ description, amount }) => [description, amount])).toEqual([
      ['Basic', 0],
      ['calls • gcp', 1_000],
      ['calls • aws, gcp · spot', 500],
      ['calls', 1_200],
    ]);
  });

  it('price each combination of the group keys on its own', async () => {
    const tenant = await tenantOf(
      {},
      {
        model: 'package',
        properties: { amount: '100', package_size: 10, free_units: 5 },
        groupBy: ['team'],
      },
    );
    await use(tenant, '2023-09-02T10:30:00Z', { amount: '16', team: 'a' });
    await use(tenant, '2023-09-02T10:30:00Z', { amount: '6', team: 'b' });
    const { amount, charges } = await usageAt(tenant, '2023-09-10T00:00:00Z');
    expect(amount).toBe(30_000);
    expect(charges[0]?.groups.map(({ group, units, amount }) => [group, units, amount])).toEqual([
      [{ team: 'a' }, '16', 20_000],
      [{ team: 'b' }, '6', 10_000],
    ]);
  });
});

describe('the least amount of a charge', () => {
  it('is made up for once, by the days of a partial period', async () => {
    const tenant = await tenantOf(
      { aggregation: { type: 'count' } },
      {
        properties: { amount: '0' },
        minAmount: 10_000,
        filters: [
          { values: { region: ['europe'] }, properties: { amount: '20' } },
          { values: { region: ['usa'] }, properties: { amount: '50' } },
        ],
      },
      '2023-02-01T00:00:00Z',
    );
    await use(tenant, '2023-02-25T08:00:00Z', { region: 'usa' });
    await use(tenant, '2023-02-25T08:00:00Z', { region: 'europe' });
    await tenant.terminate('sub', '2023-02-25T09:00:00Z');
    await world.bill(tenant, '2023-02-26T00:00:00Z');
    const [invoice] = await tenant.invoices();
    expect(invoice?.lines.slice(1).map(({ type, amount }) => [type, amount])).toEqual([
      ['charge', 2_000],
      ['charge', 5_000],
      ['true_up', 1_929],
    ]);
  });
});

describe('adjustments', () => {
  it('lead the price of the whole charge through discount, cap and minimum', async () => {
    const tenant = await tenantOf(
      {},
      {
        adjustments: [
          { type: 'maximum', properties: { amount: '80' } },
          { type: 'percentage_discount', properties: { rate: '12.5' } },
        ],
        minAmount: 5_000,
      },
    );
    await use(tenant, '2023-09-02T00:00:00Z', { amount: '10' });
    expect((await usageAt(tenant, '2023-09-03T00:00:00Z')).amount).toBe(8_000);
    await world.bill(tenant, '2023-10-01T00:00:00Z');
    await world.bill(tenant, '2023-11-01T00:00:00Z');
    const [october, september] = await tenant.invoices();
    const shown = (lines: typeof september): unknown =>
      lines?.lines.slice(1).map(({ type, description, amount }) => [type, description, amount]);
    expect(shown(september)).toEqual([
      ['charge', 'calls', 10_000],
      ['charge', 'calls: percentage discount', -1_250],
      ['charge', 'calls: maximum', -750],
    ]);
    expect(shown(october)).toEqual([['true_up', 'calls: minimum', 5_000]]);
    expect([september?.total, october?.total]).toEqual([8_000, 5_000]);
  });
});

describe('a prorated charge of a recurring meter', () => {
  const seats: Partial<Meter> = { recurring: true };
  const ranges = (rows: [string, string | null, string, string][]): Partial<Charge> => ({
    model: 'graduated',
    prorated: true,
    properties: {
      graduated_ranges: rows.map(([from_value, to_value, per_unit_amount, flat_amount]) => ({
        from_value,
        to_value,
        per_unit_amount,
        flat_amount,
      })),
    },
  });

  it('follows three ranges up and down, and carries over', async () => {
    const tenant = await tenantOf(
      seats,
      ranges([
        ['0', '5', '10', '100'],
        ['6', '15', '5', '50'],
        ['16', null, '2', '0'],
      ]),
    );
    expect((await usageAt(tenant, '2023-09-01T00:00:00Z')).amount).toBe(10_000);
    for (const [day, amount, worth] of [
      ['10', '2', 11_400],
      ['16', '5', 18_400],
      ['20', '-6', 16_567],
      ['25', '10', 17_967],
      ['26', '4', 18_300],
      ['30', '60', 18_700],
    ] as const) {
      await use(tenant, `2023-09-${day}T00:00:00Z`, { amount });
      expect((await usageAt(tenant, `2023-09-${day}T00:00:00Z`)).amount).toBe(worth);
    }
    await world.bill(tenant, '2023-10-01T00:00:00Z');
    expect((await tenant.invoices())[0]?.total).toBe(18_700);
    expect(await usageAt(tenant, '2023-10-05T00:00:00Z')).toMatchObject({
      amount: 37_000,
      charges: [{ units: '75' }],
    });
    await use(tenant, '2023-10-17T00:00:00Z', { amount: '20' });
    expect((await usageAt(tenant, '2023-10-17T00:00:00Z')).amount).toBe(38_935);
  });

  it('is billed for the days until the subscription ends', async () => {
    const tenant = await tenantOf(
      seats,
      ranges([
        ['0', '5', '0', '0'],
        ['6', null, '10', '0'],
      ]),
      '2023-10-01T00:00:00Z',
    );
    await use(tenant, '2023-10-05T00:00:00Z', { amount: '7' });
    await use(tenant, '2023-11-05T00:00:00Z', { amount: '-1' });
    await use(tenant, '2023-12-07T00:00:00Z', { amount: '1' });
    expect((await usageAt(tenant, '2023-12-07T00:00:00Z')).amount).toBe(1_806);
    await tenant.terminate('sub', '2023-12-07T00:00:00Z');
    await world.bill(tenant, '2023-12-08T00:00:00Z');
    expect((await tenant.invoices())[0]?.total).toBe(258);
  });
});

describe('prorated units', () => {
  it.each([
    ['exact', 1_833_333],
    ['lago', 1_833_335],
  ])('are %s as the tenant sets', async (rounding, worth) => {
    const tenant = await tenantOf(
      { recurring: true },
      { prorated: true, properties: { amount: '5000' } },
      '2024-04-01T00:00:00Z',
    );
    await tenant.set({ rounding, lateEventsLimitDays: null });
    await use(tenant, '2024-04-20T00:00:00Z', { amount: '10' });
    expect((await usageAt(tenant, '2024-04-21T00:00:00Z')).amount).toBe(worth);
  });
});

describe('a charge paid in advance', () => {
  const perUnit: Partial<Charge> = { payInAdvance: true, properties: { amount: '1' } };

  it('bills each record once, above the highest that the period has seen', async () => {
    const tenant = await tenantOf({}, perUnit);
    for (const [day, amount] of [
      ['02', '6'],
      ['03', '-2'],
      ['04', '5'],
    ] as const) {
      await use(tenant, `2023-09-${day}T00:00:00Z`, { amount });
      await world.settle();
      await world.bill(tenant, `2023-09-${day}T01:00:00Z`);
      await world.bill(tenant, `2023-09-${day}T02:00:00Z`);
    }
    const amounts = (await tenant.invoices()).map(({ total }) => total);
    expect(amounts).toEqual([300, 600]);
    await world.bill(tenant, '2023-10-01T00:00:00Z');
    expect((await tenant.invoices()).map(({ total }) => total)).toEqual([0, 300, 600]);
  });

  it('bills what was not billed in time when its period closes, once', async () => {
    const tenant = await tenantOf({}, perUnit);
    await use(tenant, '2023-09-02T00:00:00Z', { amount: '6' });
    await world.bill(tenant, '2023-10-01T00:00:00Z');
    await world.bill(tenant, '2023-11-01T00:00:00Z');
    expect((await tenant.invoices()).map(({ total }) => total)).toEqual([0, 600]);
  });

  it('bills units that are carried over when a period begins, and new ones by their days', async () => {
    const tenant = await tenantOf(
      { recurring: true },
      { ...perUnit, prorated: true, properties: { amount: '30.12' } },
      '2024-06-05T10:00:00Z',
    );
    await world.bill(tenant, '2024-06-05T11:00:00Z');
    for (const [day, fee] of [
      ['11', 2_008],
      ['12', 1_908],
      ['13', 1_807],
      ['14', 1_707],
      ['15', 1_606],
    ] as const) {
      await use(tenant, `2024-06-${day}T10:00:00Z`, { amount: '1' });
      await world.settle();
      await world.bill(tenant, `2024-06-${day}T10:01:00Z`);
      expect((await tenant.invoices())[0]?.total).toBe(fee);
    }
    await world.bill(tenant, '2024-07-01T00:00:00Z');
    const [july, june] = await tenant.invoices();
    expect([july?.total, june?.total]).toEqual([5 * 3_012, 0]);
    expect(july?.lines).toMatchObject([{ units: '5', details: { carried_over: true } }]);
  });

  it('keeps fees off invoices, and gathers those that were settled when a period closes', async () => {
    const tenant = await tenantOf(
      { recurring: true },
      {
        ...perUnit,
        invoiceable: false,
        regroupPaidFees: true,
        prorated: true,
        properties: { amount: '30.12' },
      },
      '2024-06-05T10:00:00Z',
    );
    for (const day of ['11', '12', '13', '14', '15']) {
      await use(tenant, `2024-06-${day}T10:00:00Z`, { amount: '1' });
    }
    await world.bill(tenant, '2024-06-15T10:01:00Z');
    await world.bill(tenant, '2024-06-15T10:02:00Z');
    const fees = await tenant.fees();
    expect(fees.map(({ amount }) => amount)).toEqual([1_606, 1_707, 1_807, 1_908, 2_008]);
    for (const fee of fees.slice(2)) await tenant.settle(fee);
    await world.bill(tenant, '2024-07-01T00:10:00Z');
    const [gathered] = await tenant.invoices();
    expect(gathered).toMatchObject({ occasion: 'paid_fees', status: 'finalized', total: 5_723 });
    for (const fee of await tenant.fees()) {
      if (fee.paymentStatus === 'pending') await tenant.settle(fee);
    }
    await world.bill(tenant, '2024-08-01T00:10:00Z');
    const invoices = await tenant.invoices();
    const totals = invoices.filter(({ occasion }) => occasion === 'paid_fees');
    expect(totals.map(({ total, lines }) => [total, lines.length])).toEqual([
      [18_373, 3],
      [5_723, 3],
    ]);
    expect(invoices.filter(({ occasion }) => occasion === 'period_end')).toMatchObject([
      { total: 0 },
      { total: 0 },
    ]);
  });

  it('charges the fees of records that nobody has looked at when their period closes, and of late ones at the next', async () => {
    const tenant = await tenantOf({}, { ...perUnit, invoiceable: false }, '2024-06-05T10:00:00Z');
    await use(tenant, '2024-06-30T23:59:59Z', { amount: '2' });
    await world.bill(tenant, '2024-07-01T00:00:00Z');
    await use(tenant, '2024-06-20T00:00:00Z', { amount: '3' });
    await world.bill(tenant, '2024-08-01T00:00:00Z');
    await world.bill(tenant, '2024-09-01T00:00:00Z');
    const fees = await tenant.fees();
    const june = at('2024-06-05T10:00:00Z');
    expect(fees.map(({ amount, period, chargedAt }) => [amount, period.from, chargedAt])).toEqual([
      [300, june, at('2024-08-01T00:00:00Z')],
      [200, june, at('2024-07-01T00:00:00Z')],
    ]);
  });
});
