import { correctionDecider, type CorrectionEvent, type RecordChanges } from '@odometer/domain';
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

const bytes = { ...calls, aggregation: { type: 'sum', field: 'bytes' } };

const record = (transactionId: string, size: number) => ({
  transactionId,
  code: 'calls',
  customerId: 'acme',
  timestamp: at('2026-01-10T00:00:00Z'),
  properties: { bytes: size },
});

const voided = (id: string, size: number): CorrectionEvent =>
  correctionDecider.decide(
    { type: 'VoidUsage', reason: 'a test run' },
    { status: 'standing', record: record(id, size) },
  )[0]!;

const amended = (id: string, size: number, changes: RecordChanges): CorrectionEvent =>
  correctionDecider.decide(
    { type: 'AmendUsage', reason: 'wrong unit', changes },
    { status: 'standing', record: record(id, size) },
  )[0]!;

/** A customer that pays 1 EUR for a byte and 10 EUR a month, with 7 bytes in January. */
async function januaryOfSeven(details: { gracePeriodDays?: number } = {}): Promise<Tenant> {
  const tenant = world.tenant();
  await tenant.define(bytes);
  await tenant.publish(planOf({ charges: [perCall('1')] }));
  await tenant.register({ id: 'acme', ...details });
  await tenant.subscribe({ startedAt: '2026-01-01T00:00:00Z' });
  await tenant.use([record('t1', 5), record('t2', 2)]);
  return tenant;
}

const trueUpsOf = async (tenant: Tenant): Promise<unknown[]> => {
  const invoices = await tenant.invoices();
  return invoices
    .flatMap(({ lines }) => lines)
    .filter(({ type }) => type === 'true_up')
    .map(({ amount, details }) => [amount, details['worth'], details['billed']]);
};

describe('a correction', () => {
  it('of a record in a final period is trued up once, on the next invoice', async () => {
    const tenant = await januaryOfSeven();
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    await tenant.correct(voided('t1', 5));
    await world.bill(tenant, '2026-03-01T00:00:00Z');
    await world.bill(tenant, '2026-04-01T00:00:00Z');
    expect(await trueUpsOf(tenant)).toEqual([[-500, '2', '7']]);
  });

  it('by an amendment is trued up though there are as many records as before', async () => {
    const tenant = await januaryOfSeven();
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    await tenant.correct(amended('t1', 5, { properties: { bytes: 8 } }));
    await world.bill(tenant, '2026-03-01T00:00:00Z');
    await tenant.correct(amended('t1', 8, { properties: { bytes: 9 } }));
    await world.bill(tenant, '2026-04-01T00:00:00Z');
    await world.bill(tenant, '2026-05-01T00:00:00Z');
    expect(await trueUpsOf(tenant)).toEqual([
      [100, '11', '10'],
      [300, '10', '7'],
    ]);
  });

  it('that moves a record to another period bills it there and no longer here', async () => {
    const tenant = await januaryOfSeven();
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    await tenant.correct(amended('t1', 5, { timestamp: at('2026-02-10T00:00:00Z') }));
    await world.bill(tenant, '2026-03-01T00:00:00Z');
    const [february] = await tenant.invoices();
    expect(february?.lines.map(({ type, amount }) => [type, amount])).toEqual([
      ['subscription', 1_000],
      ['charge', 500],
      ['true_up', -500],
    ]);
  });

  it('changes a draft', async () => {
    const tenant = await januaryOfSeven({ gracePeriodDays: 3 });
    await world.bill(tenant, '2026-02-01T00:00:00Z');
    expect(await tenant.invoices()).toMatchObject([{ status: 'draft', total: 1_700 }]);
    await tenant.correct(voided('t2', 2));
    await world.bill(tenant, '2026-02-04T00:00:00Z');
    expect(await tenant.invoices()).toMatchObject([{ status: 'finalized', total: 1_500 }]);
  });
});
