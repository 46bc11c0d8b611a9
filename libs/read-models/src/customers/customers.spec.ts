import type { CustomerDetails, CustomerEvent } from '@odometer/domain';
import { benchOf, type ReadModelBench } from '../read-model.fixture.js';
import { customersProjection } from './customers.projection.js';
import { findCustomer, listCustomers } from './customers.query.js';

let bench: ReadModelBench<CustomerEvent>;
beforeEach(async () => (bench = await benchOf<CustomerEvent>(customersProjection)));
afterEach(() => bench.close());

const details = { timezone: 'UTC', metadata: {}, gracePeriodDays: 0, personal: null };
const registered = (
  externalId: string,
  more: Partial<CustomerDetails & { personal: string }> = {},
): CustomerEvent => ({
  type: 'CustomerRegistered',
  data: { ...details, externalId, ...more },
});

const ids = async (
  request: Parameters<typeof listCustomers>[2] = {},
  tenant = 'acme',
): Promise<string[]> =>
  (await listCustomers(bench.source, tenant, request)).data.map(({ externalId }) => externalId);

describe('customers', () => {
  it('show what was registered', async () => {
    await bench.given('acme', {
      type: 'CustomerRegistered',
      data: {
        externalId: 'ann/1',
        timezone: 'Asia/Kathmandu',
        currency: 'NPR',
        metadata: { tier: 'gold', seats: 3, tags: ['a'] },
        gracePeriodDays: 2,
        testClock: 'march',
        personal: 'c2VjcmV0',
      },
    });
    expect(await findCustomer(bench.source, 'acme', 'ann/1')).toEqual({
      externalId: 'ann/1',
      details: {
        timezone: 'Asia/Kathmandu',
        currency: 'NPR',
        metadata: { tier: 'gold', seats: 3, tags: ['a'] },
        gracePeriodDays: 2,
        testClock: 'march',
      },
      personal: 'c2VjcmV0',
      archived: false,
      erased: false,
    });
  });

  it('follow changes as a whole, so that what is absent is gone', async () => {
    await bench.given('acme', registered('ann', { currency: 'USD', personal: 'c2VjcmV0' }), {
      type: 'CustomerDetailsChanged',
      data: { ...details, externalId: 'ann', timezone: 'Europe/Rome', metadata: { a: 1 } },
    });
    expect(await findCustomer(bench.source, 'acme', 'ann')).toEqual({
      externalId: 'ann',
      details: { timezone: 'Europe/Rome', metadata: { a: 1 }, gracePeriodDays: 0 },
      personal: null,
      archived: false,
      erased: false,
    });
  });

  it('that are archived are found, but not listed unless asked for', async () => {
    await bench.given('acme', registered('ann'), registered('bob'), {
      type: 'CustomerArchived',
      data: { externalId: 'ann' },
    });
    expect((await findCustomer(bench.source, 'acme', 'ann'))?.archived).toBe(true);
    expect(await ids()).toEqual(['bob']);
    expect(await ids({ withArchived: true })).toEqual(['ann', 'bob']);
    await bench.given('acme', registered('ann'));
    expect(await ids()).toEqual(['ann', 'bob']);
  });

  it('that are erased have no person', async () => {
    await bench.given('acme', registered('ann', { personal: 'c2VjcmV0' }), {
      type: 'CustomerErased',
      data: { externalId: 'ann' },
    });
    expect(await findCustomer(bench.source, 'acme', 'ann')).toMatchObject({
      personal: null,
      erased: true,
    });
  });

  it('are of one tenant only', async () => {
    await bench.given('acme', registered('ann'));
    await bench.given('other', registered('bob'));
    expect(await findCustomer(bench.source, 'other', 'ann')).toBeNull();
    expect(await ids({}, 'other')).toEqual(['bob']);
  });

  it('are listed in pages, byte by byte, each once', async () => {
    await bench.given('acme', ...['b', 'a', 'Z', 'ä', 'c'].map((id) => registered(id)));
    const pages: string[][] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listCustomers(bench.source, 'acme', {
        limit: 2,
        cursor: cursor ?? undefined,
      });
      pages.push(page.data.map(({ externalId }) => externalId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(pages).toEqual([['Z', 'a'], ['b', 'c'], ['ä']]);
  });

  it('are found by the beginning of their id, wildcards being letters', async () => {
    await bench.given('acme', ...['a%1', 'a_1', 'ab1', 'a\\1'].map((id) => registered(id)));
    expect(await ids({ externalIdPrefix: 'a' })).toEqual(['a%1', 'a\\1', 'a_1', 'ab1']);
    expect(await ids({ externalIdPrefix: 'a%' })).toEqual(['a%1']);
    expect(await ids({ externalIdPrefix: 'a_' })).toEqual(['a_1']);
    expect(await ids({ externalIdPrefix: 'a\\' })).toEqual(['a\\1']);
  });

  it('are found by test clock', async () => {
    await bench.given('acme', registered('ann', { testClock: 'march' }), registered('bob'));
    expect(await ids({ testClock: 'march' })).toEqual(['ann']);
  });

  it('are served by indexes', async () => {
    const { rows } = await bench.database.pool
      .query<{ 'QUERY PLAN': string }>(
        `SET enable_seqscan = off; EXPLAIN SELECT * FROM rm_customers.customer c
        WHERE tenant = 'acme' AND external_id > 'a' AND external_id LIKE 'ab%' ORDER BY external_id LIMIT 3`,
      )
      .then((results) => (results as unknown as (typeof results)[])[1]!);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index Scan using customer_pkey/);
    expect(plan).not.toMatch(/Sort/);
  });

  it('are the same after a rebuild', async () => {
    await bench.given('acme', registered('ann'), registered('bob'), {
      type: 'CustomerErased',
      data: { externalId: 'ann' },
    });
    const before = await bench.dump('customer');
    await bench.rebuild();
    expect(await bench.dump('customer')).toBe(before);
    expect(before.split('\n')).toHaveLength(2);
  });
});

describe('the projection of customers', () => {
  const stopped = async (): Promise<string | undefined> => {
    for (;;) {
      const fault = (await bench.status()).projections[0]?.shards[0]?.fault;
      if (fault) return fault.text;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const recorded = (type: string, schemaVersion: number) => ({
    eventId: '6f1b7f0e-6f0c-4b0c-8f7a-0a54f3a4a001',
    type,
    schemaVersion,
    data: { externalId: 'ann' },
    metadata: { tenant: 'acme', recordedAt: '2026-01-01T00:00:00.000Z' },
  });

  it('stops at a version it does not know', async () => {
    await bench.store.append('x', [recorded('CustomerErased', 9)], { expectedRevision: 'any' });
    expect(await stopped()).toMatch(/CustomerErased at 1: version 9 .* not known/);
  });

  it('stops at a change of a customer that is not there', async () => {
    await bench.store.append('x', [recorded('CustomerErased', 1)], { expectedRevision: 'any' });
    expect(await stopped()).toMatch(/customer_erased found no row/);
  });
});
