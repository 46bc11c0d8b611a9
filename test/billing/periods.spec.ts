import type { InvoiceView } from '@odometer/read-models';
import {
  at,
  calls,
  openBillingWorld,
  perCall,
  planOf,
  type BillingWorld,
} from './billing-world.js';

let world: BillingWorld;
beforeAll(async () => (world = await openBillingWorld()));
afterAll(() => world.close());

const periodOf = ({ period }: InvoiceView): string[] =>
  [period.from, period.to].map((instant) => new Date(instant).toISOString());

describe('a period that closes', () => {
  it('becomes a numbered invoice with the fee and the charges', async () => {
    const tenant = world.tenant();
    await tenant.define(calls);
    await tenant.publish(planOf({ charges: [perCall('0.25')] }));
    await tenant.register({ id: 'acme' });
    await tenant.subscribe({ startedAt: '2026-01-01T00:00:00Z' });
    await tenant.use([
      { timestamp: at('2026-01-05T10:00:00Z') },
      { timestamp: at('2026-01-31T23:59:59.999Z') },
      { timestamp: at('2026-02-01T00:00:00Z') },
    ]);
    await world.settle();

    const early = await world.biller.billDue({
      now: at('2026-02-01T00:00:00Z') - 1,
      tenant: tenant.id,
    });
    expect(early).toMatchObject({ drafted: 0, finalized: 0, faults: [] });
    const result = await world.biller.billDue({
      now: at('2026-02-01T00:00:00Z'),
      tenant: tenant.id,
    });
    expect(result).toMatchObject({ drafted: 1, finalized: 1, faults: [] });

    const [invoice, ...others] = await tenant.invoices();
    expect(others).toEqual([]);
    expect(invoice).toMatchObject({
      number: 'INV-000001',
      status: 'finalized',
      customerId: 'acme',
      currency: 'EUR',
      subtotal: 1_050,
      total: 1_050,
      issuedAt: at('2026-02-01T00:00:00Z'),
    });
    expect(invoice?.lines).toMatchObject([
      { type: 'subscription', units: '1', unitAmount: '10', amount: 1_000 },
      { type: 'charge', meterCode: 'calls', units: '2', unitAmount: '0.25', amount: 50 },
    ]);
    expect(invoice?.lines[1]?.provenance).toMatchObject({ recordCount: 2, meterVersion: 1 });
  });

  it('is prorated from the day of the start to the day of the end', async () => {
    const tenant = world.tenant();
    await tenant.publish(planOf());
    await tenant.register({ id: 'acme' });
    await tenant.subscribe({ startedAt: '2022-12-15T09:00:00Z' });
    await tenant.terminate('sub', '2022-12-20T00:00:00Z');
    await world.settle();
    await world.biller.billDue({ now: at('2022-12-20T00:00:00Z'), tenant: tenant.id });
    const [invoice] = await tenant.invoices();
    expect(invoice).toMatchObject({ occasion: 'termination', total: 194 });
  });

  it('follows a clock that jumps three months, month after month', async () => {
    const tenant = world.tenant();
    await tenant.publish(planOf());
    await tenant.register({ id: 'acme', timezone: 'America/Bogota', testClock: 'lab' });
    await tenant.register({ id: 'late', timezone: 'Asia/Kolkata', testClock: 'lab' });
    await tenant.clock('TestClockCreated', 'lab', '2024-01-01T05:00:00Z');
    await tenant.subscribe({ startedAt: '2024-01-01T05:00:00Z' });
    await tenant.subscribe({
      startedAt: '2023-12-31T18:30:00Z',
      externalId: 'two',
      customerId: 'late',
    });
    await world.settle();
    const nobody = await world.biller.billDue({
      now: at('2030-01-01T00:00:00Z'),
      tenant: tenant.id,
    });
    expect(nobody).toMatchObject({ drafted: 0, finalized: 0 });

    const result = await world.biller.billDue({
      now: at('2024-04-01T05:00:00Z'),
      tenant: tenant.id,
      testClock: 'lab',
    });
    expect(result).toMatchObject({ drafted: 6, finalized: 6, faults: [] });
    const invoices = [...(await tenant.invoices())].sort((a, b) =>
      a.number! < b.number! ? -1 : 1,
    );
    expect(invoices.map((invoice) => [invoice.number, ...periodOf(invoice)])).toEqual([
      ['INV-000001', '2023-12-31T18:30:00.000Z', '2024-01-31T18:30:00.000Z'],
      ['INV-000002', '2024-01-01T05:00:00.000Z', '2024-02-01T05:00:00.000Z'],
      ['INV-000003', '2024-01-31T18:30:00.000Z', '2024-02-29T18:30:00.000Z'],
      ['INV-000004', '2024-02-01T05:00:00.000Z', '2024-03-01T05:00:00.000Z'],
      ['INV-000005', '2024-02-29T18:30:00.000Z', '2024-03-31T18:30:00.000Z'],
      ['INV-000006', '2024-03-01T05:00:00.000Z', '2024-04-01T05:00:00.000Z'],
    ]);
    expect(invoices.map(({ total }) => total)).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 1_000]);
  });

  it('is numbered in the order in which things fall due, grace periods included', async () => {
    const tenant = world.tenant();
    await tenant.publish(planOf());
    await tenant.register({ id: 'acme', gracePeriodDays: 3 });
    await tenant.register({ id: 'hasty' });
    await tenant.subscribe({ startedAt: '2026-01-01T00:00:00Z' });
    await tenant.subscribe({
      startedAt: '2026-02-05T00:00:00Z',
      endingAt: '2026-02-10T00:00:00.000Z',
      externalId: 'short',
      customerId: 'hasty',
    });
    await world.biller.billDue({ now: at('2026-02-20T00:00:00Z'), tenant: tenant.id });
    const invoices = await tenant.invoices();
    expect(invoices.map(({ number, customerId }) => [number, customerId]).sort()).toEqual([
      ['INV-000001', 'acme'],
      ['INV-000002', 'hasty'],
    ]);
  });
});
