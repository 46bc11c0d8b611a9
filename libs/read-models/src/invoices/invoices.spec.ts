import type { InvoiceEvent, InvoiceLine } from '@odometer/domain';
import { benchOf, RECORDED_AT, type ReadModelBench } from '../read-model.fixture.js';
import { invoicesProjection } from './invoices.projection.js';
import { finalInvoicesOf, findInvoice, listInvoices } from './invoices.query.js';

let bench: ReadModelBench<InvoiceEvent>;
beforeAll(async () => (bench = await benchOf<InvoiceEvent>(invoicesProjection)));
afterAll(() => bench.close());

const line = (amount: number): InvoiceLine => ({
  type: 'subscription',
  subscriptionId: 'sub',
  description: 'Básico ✓',
  units: '1',
  unitAmount: '10',
  amount,
  period: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
  details: { days: 31 },
});

const drafted = (invoiceId: string, changes: object = {}): InvoiceEvent => ({
  type: 'InvoiceDrafted',
  data: {
    invoiceId,
    customerId: 'acme',
    subscriptionId: 'sub',
    incarnation: 1,
    occasion: 'period_end',
    planCode: 'basic',
    planVersion: 1,
    currency: 'EUR',
    timezone: 'UTC',
    period: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
    finalizeAt: '2026-02-01T00:00:00.000Z',
    lines: [line(1_000)],
    counted: [],
    subtotal: 1_000,
    total: 1_000,
    ...changes,
  },
});

const finalized = (invoiceId: string, number: string): InvoiceEvent => ({
  type: 'InvoiceFinalized',
  data: {
    invoiceId,
    number,
    issuedAt: '2026-02-02T00:00:00.000Z',
    lines: [line(1_200)],
    counted: [],
    subtotal: 1_200,
    total: 1_200,
    position: 5,
  },
});

const voided = (invoiceId: string): InvoiceEvent => ({
  type: 'InvoiceVoided',
  data: { invoiceId, reason: 'typo' },
});

describe('the invoices', () => {
  it('show a draft, then what became final, then that it is void', async () => {
    const find = () => findInvoice(bench.database.pool, 'one', 'i1');
    await bench.given('one', drafted('i1'));
    expect(await find()).toMatchObject({
      status: 'draft',
      number: null,
      total: 1_000,
      issuedAt: null,
    });
    await bench.given('one', finalized('i1', 'INV-000001'));
    expect(await find()).toMatchObject({
      status: 'finalized',
      number: 'INV-000001',
      total: 1_200,
      issuedAt: Date.UTC(2026, 1, 2),
      usagePosition: 5,
      lines: [{ amount: 1_200, description: 'Básico ✓', details: { days: 31 } }],
    });
    await bench.given('one', voided('i1'));
    expect(await find()).toMatchObject({
      status: 'voided',
      voidedAt: RECORDED_AT,
      voidReason: 'typo',
      total: 1_200,
    });
  });

  it('are those of the tenant only', async () => {
    await bench.given('mine', drafted('i1'));
    expect(await findInvoice(bench.database.pool, 'theirs', 'i1')).toBeNull();
    expect((await listInvoices(bench.database.pool, 'theirs', { limit: 9 })).data).toEqual([]);
  });

  it('are listed newest first, page by page, and by each filter', async () => {
    const february = { from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' };
    await bench.given(
      'lists',
      drafted('i1'),
      drafted('i2', { customerId: 'other', subscriptionId: 'two' }),
      drafted('i3', { period: february }),
      finalized('i2', 'INV-000001'),
    );
    const { pool } = bench.database;
    const ids = async (request: object): Promise<string[]> =>
      (await listInvoices(pool, 'lists', { limit: 9, ...request })).data.map(
        (found) => found.invoiceId,
      );

    const first = await listInvoices(pool, 'lists', { limit: 2 });
    expect(first.data.map(({ invoiceId }) => invoiceId)).toEqual(['i3', 'i2']);
    const second = await listInvoices(pool, 'lists', { limit: 2, cursor: first.nextCursor! });
    expect(second.data.map(({ invoiceId }) => invoiceId)).toEqual(['i1']);
    expect(second.nextCursor).toBeNull();

    expect(await ids({ customerId: 'other' })).toEqual(['i2']);
    expect(await ids({ subscriptionId: 'sub' })).toEqual(['i3', 'i1']);
    expect(await ids({ status: 'draft' })).toEqual(['i3', 'i1']);
    expect(await ids({ number: 'INV-000001' })).toEqual(['i2']);
    expect(await ids({ periodFrom: Date.UTC(2026, 1, 1) })).toEqual(['i3']);
    expect(await ids({ periodTo: Date.UTC(2026, 1, 1) })).toEqual(['i2', 'i1']);
  });

  it('look back on final ones that still stand, the latest period first', async () => {
    const february = { from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' };
    await bench.given(
      'back',
      drafted('i2', { period: february }),
      drafted('i1'),
      drafted('i3'),
      drafted('i4'),
    );
    await bench.given(
      'back',
      finalized('i1', 'N2'),
      finalized('i2', 'N1'),
      finalized('i3', 'N3'),
      voided('i3'),
    );
    const finals = (limit: number) =>
      finalInvoicesOf(bench.database.pool, 'back', { externalId: 'sub', incarnation: 1 }, limit);
    expect((await finals(9)).map(({ number }) => number)).toEqual(['N1', 'N2']);
    expect((await finals(1)).map(({ number }) => number)).toEqual(['N1']);
  });

  it('are the same after a rebuild', async () => {
    const before = await bench.dump('invoices');
    expect(before).not.toBe('');
    await bench.rebuild();
    expect(await bench.dump('invoices')).toBe(before);
  });
});
