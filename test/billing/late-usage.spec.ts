import { pastUsageOf } from '@odometer/billing';
import {
  at,
  calls,
  openBillingWorld,
  perCall,
  planOf,
  type BillingWorld,
  type Tenant,
} from './billing-world.js';

let world: BillingWorld;
beforeAll(async () => (world = await openBillingWorld()));
afterAll(() => world.close());

const january = (count: number, first: number): { transactionId: string; timestamp: number }[] =>
  Array.from({ length: count }, (_, i) => ({
    transactionId: `january-${first + i}`,
    timestamp: at('2026-01-10T00:00:00Z'),
  }));

async function oneCustomer(details: { gracePeriodDays?: number } = {}): Promise<Tenant> {
  const tenant = world.tenant();
  await tenant.define(calls);
  await tenant.publish(planOf({ charges: [perCall('1')] }));
  await tenant.register({ id: 'acme', ...details });
  await tenant.subscribe({ startedAt: '2026-01-01T00:00:00Z' });
  return tenant;
}

describe('usage that comes late', () => {
  it('for a final period is trued up once, on the next invoice', async () => {
    const tenant = await oneCustomer();
    await tenant.use(january(2, 0));
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    await tenant.use(january(3, 2));
    await world.bill(tenant, '2026-03-01T00:00:00Z');
    await world.bill(tenant, '2026-04-01T00:00:00Z');

    const [march, february, billed] = await tenant.invoices();
    expect([billed?.total, february?.total, march?.total]).toEqual([1_200, 1_300, 1_000]);
    expect(february?.lines[1]).toMatchObject({
      type: 'true_up',
      meterCode: 'calls',
      amount: 300,
      unitAmount: '3',
      period: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
      details: {
        invoice_id: billed?.invoiceId,
        invoice_number: 'INV-000001',
        worth: '5',
        billed: '2',
      },
    });
  });

  it('is trued up a second time by the rest only, also where nothing had been billed', async () => {
    const tenant = await oneCustomer();
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    await tenant.use(january(1, 0));
    await world.bill(tenant, '2026-03-01T00:00:00Z');
    await tenant.use(january(4, 1));
    await world.bill(tenant, '2026-04-01T00:00:00Z');
    expect((await tenant.invoices()).map(({ total }) => total)).toEqual([1_400, 1_100, 1_000]);
  });

  it('into a draft is on the invoice when it becomes final', async () => {
    const tenant = await oneCustomer({ gracePeriodDays: 3 });
    await tenant.use(january(2, 0));
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    expect(await tenant.invoices()).toMatchObject([
      { status: 'draft', number: null, total: 1_200 },
    ]);
    await tenant.use(january(3, 2));
    await world.bill(tenant, '2026-02-03T23:59:59Z');
    expect(await tenant.invoices()).toMatchObject([{ status: 'draft' }]);
    await world.bill(tenant, '2026-02-04T00:00:00Z');
    expect(await tenant.invoices()).toMatchObject([
      {
        status: 'finalized',
        number: 'INV-000001',
        total: 1_500,
        issuedAt: at('2026-02-04T00:00:00Z'),
      },
    ]);
  });

  it('stays as billed when only the definition of the meter has changed', async () => {
    const tenant = await oneCustomer();
    await tenant.use(january(2, 0));
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    await tenant.define({ ...calls, version: 2, filters: { to: ['nowhere'] } });
    await world.bill(tenant, '2026-03-01T00:00:00Z');
    expect((await tenant.invoices()).map(({ total }) => total)).toEqual([1_000, 1_200]);
  });
});

describe('a meter that counts otherwise from a moment on', () => {
  const { aggregation, filters } = calls;
  const nowhereFrom = (validFrom: string) => ({
    ...calls,
    version: 2,
    filters: { to: ['nowhere'] },
    validFrom,
    earlier: [{ version: 1, aggregation, filters }],
  });

  it('leaves late usage of the periods before it to the version that billed them', async () => {
    const tenant = await oneCustomer();
    await tenant.use(january(2, 0));
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    await tenant.define(nowhereFrom('2026-02-01T00:00:00.000Z'));
    await tenant.use(january(3, 2));
    await tenant.use([{ transactionId: 'february', timestamp: at('2026-02-10T00:00:00Z') }]);
    await world.bill(tenant, '2026-03-01T00:00:00Z');
    const [february, billed] = await tenant.invoices();
    expect([billed?.total, february?.total]).toEqual([1_200, 1_300]);
    expect(february?.lines[1]).toMatchObject({
      type: 'true_up',
      amount: 300,
      provenance: { meterVersion: 1 },
    });
  });

  it('does not re-bill a final period that it reaches into, and changes a draft', async () => {
    const [final, draft] = [await oneCustomer(), await oneCustomer({ gracePeriodDays: 3 })];
    for (const tenant of [final, draft]) {
      const late = { transactionId: 'late', timestamp: at('2026-01-20T00:00:00Z') };
      await tenant.use([...january(2, 0), late]);
      await world.bill(tenant, '2026-02-01T00:00:00Z');
      await tenant.define(nowhereFrom('2026-01-15T00:00:00.000Z'));
      await world.bill(tenant, '2026-03-01T00:00:00Z');
    }
    expect((await final.invoices()).map(({ total }) => total)).toEqual([1_000, 1_300]);
    const [, january1] = await draft.invoices();
    expect(january1).toMatchObject({ status: 'finalized', total: 1_200 });
    expect(january1?.lines[1]?.provenance).toMatchObject({ meterVersion: 2, recordCount: 2 });
  });
});

describe('a draft', () => {
  it('is made final by hand, once', async () => {
    const tenant = await oneCustomer({ gracePeriodDays: 3 });
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    const [draft] = await tenant.invoices();
    const request = {
      tenant: tenant.id,
      invoiceId: draft!.invoiceId,
      now: at('2026-02-02T00:00:00Z'),
    };
    const { position } = await world.biller.finalizeInvoice(request);
    expect(await world.biller.finalizeInvoice(request)).toEqual({ position });
    expect(await tenant.invoices()).toMatchObject([
      { status: 'finalized', number: 'INV-000001', issuedAt: at('2026-02-02T00:00:00Z') },
    ]);
    await expect(
      world.biller.finalizeInvoice({ ...request, invoiceId: 'nothing' }),
    ).rejects.toMatchObject({ code: 'invoice_not_found' });
  });
});

describe('a fee in advance', () => {
  it('is billed at the start and then with the usage of the period before', async () => {
    const tenant = world.tenant();
    await tenant.define(calls);
    await tenant.publish(planOf({ amount: 5_000, payInAdvance: true, charges: [perCall('1')] }));
    await tenant.register({ id: 'acme' });
    await tenant.subscribe({ startedAt: '2026-01-08T12:00:00Z' });
    await tenant.use(january(2, 0));
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    await tenant.terminate('sub', '2026-02-10T00:00:00Z');
    await world.bill(tenant, '2026-03-01T00:00:00Z');
    const invoices = await tenant.invoices();
    expect(invoices.map(({ occasion, total }) => [occasion, total])).toEqual([
      ['termination', 0],
      ['period_end', 5_200],
      ['start', 3_871],
    ]);
  });
});

describe('a customer who moves to another time zone', () => {
  it('ends the running period where it was to end, and the next by the new zone', async () => {
    const tenant = await oneCustomer();
    await tenant.change({ id: 'acme', timezone: 'America/Bogota' });
    await world.bill(tenant, '2026-04-01T05:00:00Z');
    const invoices = await tenant.invoices();
    expect(invoices.map(({ period, total }) => [new Date(period.to).toISOString(), total])).toEqual(
      [
        ['2026-04-01T05:00:00.000Z', 1_000],
        ['2026-03-01T05:00:00.000Z', 1_000],
        ['2026-02-01T00:00:00.000Z', 1_000],
      ],
    );
  });
});

describe('the running period', () => {
  it('is shown with its groups, and as the invoice that it will be', async () => {
    const tenant = await oneCustomer();
    await tenant.use([
      { timestamp: at('2026-02-03T00:00:00Z'), properties: { to: 'BOG' } },
      { timestamp: at('2026-02-04T00:00:00Z'), properties: { to: 'BOG' } },
      { timestamp: at('2026-02-05T00:00:00Z'), properties: { to: 'CCU' } },
      ...january(1, 0),
    ]);
    await world.settle();
    const now = at('2026-02-10T00:00:00Z');
    const usage = await world.reports.currentUsage(tenant.id, 'sub', now);
    expect(usage).toMatchObject({
      from: at('2026-02-01T00:00:00Z'),
      to: at('2026-03-01T00:00:00Z'),
      amount: 300,
    });
    expect(usage.charges).toMatchObject([
      {
        meterCode: 'calls',
        model: 'standard',
        units: '3',
        eventsCount: 3,
        amount: 300,
        groups: [
          { group: { to: 'BOG' }, units: '2', eventsCount: 2 },
          { group: { to: 'CCU' }, units: '1', eventsCount: 1 },
        ],
      },
    ]);
    expect(await world.reports.currentUsageOfCustomer(tenant.id, 'acme', now)).toEqual([usage]);
    const preview = await world.reports.previewInvoice(tenant.id, 'sub', now);
    expect(preview).toMatchObject({ total: 1_300, dueAt: at('2026-03-01T00:00:00Z') });
  });

  it('is past once it is billed', async () => {
    const tenant = await oneCustomer();
    await tenant.use(january(2, 0));
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    await world.settle();
    const finals = await world.ports.finalInvoices(
      tenant.id,
      { externalId: 'sub', incarnation: 1 },
      10,
    );
    expect(pastUsageOf(finals)).toMatchObject([
      {
        number: 'INV-000001',
        amount: 200,
        charges: [{ meterCode: 'calls', eventsCount: 2, line: { units: '2' } }],
      },
    ]);
  });
});
