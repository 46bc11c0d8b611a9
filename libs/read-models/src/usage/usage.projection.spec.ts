import fc from 'fast-check';
import type { Meter, UsageRecord, UsageSlice } from '@odometer/domain';
import { recountUsage } from './recount.js';
import { meterOf, recordOf, usageFixture, type UsageFixture } from './usage.fixture.js';

const DAY = { from: Date.parse('2026-05-05T00:00:00Z'), to: Date.parse('2026-05-06T00:00:00Z') };
const MONTH = { from: Date.parse('2026-05-01T00:00:00Z'), to: Date.parse('2026-06-01T00:00:00Z') };

const requests = meterOf({ code: 'requests' });
const bytes = meterOf({
  code: 'bytes',
  aggregation: { type: 'sum', field: 'bytes' },
  groupBy: ['region', 'tier'],
});
const users = meterOf({ code: 'users', aggregation: { type: 'unique_count', field: 'user' } });
const europe = meterOf({ code: 'europe', filters: { region: ['eu', 'uk'] } });

describe('the usage read model', () => {
  let usage: UsageFixture;

  beforeEach(async () => {
    usage = await usageFixture();
  });
  afterEach(() => usage.close());

  const total = async (meter: Meter, slices: readonly UsageSlice[], tenant = 'default') => {
    const { totals } = await usage.queries.readUsage({ tenant, meter, slices });
    expect(totals).toHaveLength(1);
    return { value: totals[0]!.value.toFixed(), records: totals[0]!.eventsCount };
  };

  it('counts each identity once, for ever, across batches and restarts', async () => {
    const first = recordOf({ transactionId: 't1' });
    await usage.define(requests);
    await usage.record([first, recordOf({ transactionId: 't2' }), { ...first }]);
    await usage.project();
    await usage.record([{ ...first }, recordOf({ transactionId: 't3' })]);
    await usage.project({ restart: true });
    expect(await total(requests, [{ customerId: 'acme', ...DAY }])).toEqual({
      value: '3',
      records: 3,
    });
    const { data } = await usage.queries.findRecords({
      tenant: 'default',
      customerId: 'acme',
      limit: 10,
    });
    expect(data.map(({ transaction_id, status }) => [transaction_id, status]).sort()).toEqual([
      ['t1', 'accepted'],
      ['t1', 'duplicate'],
      ['t1', 'duplicate'],
      ['t2', 'accepted'],
      ['t3', 'accepted'],
    ]);
  });

  it('keeps the first of two records with one identity and shows the other as a conflict', async () => {
    await usage.define(bytes);
    await usage.record([recordOf({ transactionId: 't', properties: { bytes: 5, region: 'eu' } })]);
    await usage.record([
      recordOf({ transactionId: 't', properties: { region: 'eu', bytes: 5 } }),
      recordOf({ transactionId: 't', properties: { region: 'eu', bytes: 6 } }),
    ]);
    await usage.project();
    expect(await total(bytes, [{ customerId: 'acme', ...DAY }])).toEqual({
      value: '5',
      records: 1,
    });
    const { data } = await usage.queries.findRecords({
      tenant: 'default',
      customerId: 'acme',
      limit: 10,
    });
    expect(data.map(({ status }) => status).sort()).toEqual(['accepted', 'conflict', 'duplicate']);
  });

  it('takes a retry without a time for the same record', async () => {
    await usage.define(requests);
    await usage.record([
      recordOf({ transactionId: 't', timestampAssigned: true, at: '2026-05-05T12:00:00Z' }),
    ]);
    await usage.record([
      recordOf({ transactionId: 't', timestampAssigned: true, at: '2026-05-05T12:00:09Z' }),
    ]);
    await usage.project();
    const { data } = await usage.queries.findRecords({
      tenant: 'default',
      customerId: 'acme',
      limit: 10,
    });
    expect(data.map(({ status }) => status).sort()).toEqual(['accepted', 'duplicate']);
  });

  it('lets two subjects use the same transaction id', async () => {
    await usage.define(requests);
    await usage.record([
      recordOf({ transactionId: 't', customerId: 'a' }),
      recordOf({ transactionId: 't', customerId: 'b' }),
      recordOf({ transactionId: 't', subscriptionId: 'a' }),
    ]);
    await usage.project();
    expect(await total(requests, [{ customerId: 'a', ...DAY }])).toMatchObject({ value: '1' });
    expect(await total(requests, [{ subscriptionId: 'a', ...DAY }])).toMatchObject({ value: '1' });
  });

  it('keeps tenants apart', async () => {
    await usage.define(requests, 'one');
    await usage.define(requests, 'two');
    await usage.record([recordOf({ transactionId: 't' })], 'one');
    await usage.record([recordOf({ transactionId: 't' }), recordOf()], 'two');
    await usage.project();
    expect(await total(requests, [{ customerId: 'acme', ...DAY }], 'one')).toMatchObject({
      value: '1',
    });
    expect(await total(requests, [{ customerId: 'acme', ...DAY }], 'two')).toMatchObject({
      value: '2',
    });
    expect((await usage.queries.findRecords({ tenant: 'one', limit: 10 })).data).toHaveLength(1);
  });

  it('cuts hours to the millisecond', async () => {
    await usage.define(requests);
    await usage.record(
      [
        '11:59:59.999',
        '12:00:00.000',
        '12:29:59.999',
        '12:30:00.000',
        '12:45:00.000',
        '13:00:00.000',
      ].map((time) => recordOf({ at: `2026-05-05T${time}Z` })),
    );
    await usage.project();
    const between = async (from: string, to: string) =>
      (
        await total(requests, [
          {
            customerId: 'acme',
            from: Date.parse(`2026-05-05T${from}Z`),
            to: Date.parse(`2026-05-05T${to}Z`),
          },
        ])
      ).value;
    expect(await between('12:00:00', '13:00:00')).toBe('4');
    expect(await between('12:30:00', '13:00:00')).toBe('2');
    expect(await between('12:30:00.001', '12:45:00')).toBe('0');
    expect(await between('11:45:00', '12:30:00')).toBe('3');
    expect(await between('11:59:59.999', '12:00:00')).toBe('1');
    expect(await between('12:30:00', '12:30:00')).toBe('0');
  });

  it('adds up slices: records naming a subscription, and those naming only the customer', async () => {
    await usage.define(requests);
    await usage.record([
      recordOf({ subscriptionId: 's1' }),
      recordOf({ customerId: 'acme', subscriptionId: 's1' }),
      recordOf({ customerId: 'acme', subscriptionId: 's2' }),
      recordOf({ customerId: 'acme' }),
      recordOf({ customerId: 'acme', entityId: 'seat', at: '2026-05-06T01:00:00Z' }),
    ]);
    await usage.project();
    expect(
      await total(requests, [
        { subscriptionId: 's1', ...MONTH },
        { customerId: 'acme', subscriptionId: null, ...DAY },
      ]),
    ).toEqual({ value: '3', records: 3 });
    expect(await total(requests, [{ customerId: 'acme', ...MONTH }])).toMatchObject({ value: '4' });
    expect(
      await total(requests, [{ customerId: 'acme', entityId: 'seat', ...MONTH }]),
    ).toMatchObject({ value: '1' });
    expect(await total(requests, [{ customerId: 'acme', entityId: null, ...MONTH }])).toMatchObject(
      { value: '3' },
    );
  });

  it('groups and filters by dimensions', async () => {
    await usage.define(bytes);
    await usage.record([
      recordOf({ properties: { bytes: 1, region: 'eu', tier: 1 } }),
      recordOf({ properties: { bytes: '2.5', region: 'eu', tier: '1' } }),
      recordOf({ properties: { bytes: 4, region: 'us' } }),
      recordOf({ properties: { bytes: 8 } }),
    ]);
    await usage.project();
    const slices = [{ customerId: 'acme', ...DAY }];
    const read = async (more: object) =>
      (
        await usage.queries.readUsage({ tenant: 'default', meter: bytes, slices, ...more })
      ).totals.map(({ group, value }) => [group, value.toFixed()]);
    expect(await read({})).toEqual([[{}, '15.5']]);
    expect(await read({ groupBy: ['region'] })).toEqual([
      [{ region: 'eu' }, '3.5'],
      [{ region: 'us' }, '4'],
      [{ region: null }, '8'],
    ]);
    expect(await read({ groupBy: ['tier'], filter: { region: ['eu', 'us'] } })).toEqual([
      [{ tier: '1' }, '3.5'],
      [{ tier: null }, '4'],
    ]);
    expect(await read({ filter: { region: ['eu'] } })).toEqual([[{}, '3.5']]);
    expect(await read({ filter: { region: ['nowhere'] } })).toEqual([[{}, '0']]);
  });

  it('gives a meter the records from before it was made or changed', async () => {
    await usage.record([
      recordOf({ transactionId: 't', properties: { region: 'eu' } }),
      recordOf({ properties: { region: 'us' } }),
    ]);
    await usage.record([recordOf({ transactionId: 't', properties: { region: 'eu' } })]);
    await usage.project({ batch: 1 });
    await usage.define(europe);
    await usage.record([recordOf({ properties: { region: 'uk' } })]);
    await usage.project();
    expect(await total(europe, [{ customerId: 'acme', ...DAY }])).toEqual({
      value: '2',
      records: 2,
    });
    const changed = { ...europe, version: 2, filters: { region: ['us', 'uk'] } };
    await usage.define(changed);
    await usage.project();
    expect(await total(changed, [{ customerId: 'acme', ...DAY }])).toEqual({
      value: '2',
      records: 2,
    });
    expect(
      await total({ ...changed, filters: {}, version: 2 }, [{ customerId: 'acme', ...DAY }]),
    ).toMatchObject({ value: '2' });
  });

  it('keeps the past of a meter that is made beside another one of its event code', async () => {
    await usage.define(requests);
    await usage.record([recordOf({ properties: { bytes: 1 } })]);
    await usage.project();
    await usage.define(bytes);
    await usage.project();
    await usage.record([recordOf({ properties: { bytes: 2 } })]);
    await usage.project();
    expect(await total(bytes, [{ customerId: 'acme', ...DAY }])).toEqual({
      value: '3',
      records: 2,
    });
  });

  it('goes on counting when a meter is only renamed', async () => {
    await usage.define(requests);
    await usage.record([recordOf()]);
    await usage.define({ ...requests, version: 1, name: 'Requests' }, 'default', 'MeterRevised');
    await usage.record([recordOf()]);
    await usage.project();
    expect(await total(requests, [{ customerId: 'acme', ...DAY }])).toEqual({
      value: '2',
      records: 2,
    });
  });

  it('tallies what a meter cannot count, by reason', async () => {
    await usage.define(bytes);
    await usage.record([
      recordOf({ properties: { bytes: 'many' } }),
      recordOf({}),
      recordOf({ properties: { bytes: 3 } }),
    ]);
    await usage.project();
    expect(await total(bytes, [{ customerId: 'acme', ...DAY }])).toEqual({
      value: '3',
      records: 1,
    });
    expect(await usage.dump()).toMatchObject({
      uncounted: [
        { meter: 'bytes', reason: 'missing_field', records: '1' },
        { meter: 'bytes', reason: 'not_a_number', records: '1' },
      ],
    });
  });

  it('lists records newest first, page by page, each once', async () => {
    const records = Array.from({ length: 25 }, (_, n) =>
      recordOf({
        transactionId: `t${n}`,
        at: new Date(Date.parse('2026-05-05T00:00:00Z') + ((n * 7) % 25) * 60_000).toISOString(),
      }),
    );
    for (let n = 0; n < 25; n += 5) await usage.record(records.slice(n, n + 5));
    await usage.record([recordOf({ customerId: 'other' })]);
    await usage.project({ batch: 2 });
    for (const request of [{ customerId: 'acme' }, { code: 'request' }]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await usage.queries.findRecords({
          tenant: 'default',
          ...request,
          limit: 4,
          cursor,
        });
        seen.push(
          ...page.data
            .filter(({ customer_id }) => customer_id === 'acme')
            .map((row) => `${row.timestamp} ${row.transaction_id}`),
        );
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      expect(new Set(seen).size).toBe(25);
      if ('customerId' in request) expect(seen).toEqual([...seen].sort().reverse());
    }
    await expect(
      usage.queries.findRecords({ tenant: 'default', limit: 4, cursor: 'bm9uc2Vuc2U' }),
    ).rejects.toThrow('cursor');
  });
});

describe('the usage fold', () => {
  const record = fc.record({
    transactionId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    customerId: fc.constantFrom('x', 'y'),
    timestamp: fc.integer({ min: DAY.from, max: DAY.from + 4 * 3_600_000 }),
    properties: fc.record({
      bytes: fc.integer({ min: -5, max: 9 }),
      region: fc.constantFrom('eu', 'us'),
      user: fc.constantFrom('u', 'v', 'w'),
    }),
  });

  it('gives one answer for any batching, repetition and restart, and it is the naive one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(record, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 2 }),
        fc.integer({ min: 0, max: 4 * 3_600_000 }),
        async (segments, [batchA, batchB], cut) => {
          const sent = segments.map((segment) =>
            segment.map((one): UsageRecord => ({ ...one, code: 'request' })),
          );
          const [once, twice] = [await usageFixture(), await usageFixture()];
          for (const [fixture, repeat, batch] of [
            [once, 1, batchA!],
            [twice, 2, batchB!],
          ] as const) {
            for (const meter of [requests, bytes, users]) await fixture.define(meter);
            for (const segment of sent) {
              // States hold places in the log: what is not repeated is sent by a tenant without meters, so that places are the same.
              for (let n = 1; n <= 2; n += 1)
                await fixture.record(segment, n <= repeat ? 'default' : 'nobody');
              if (repeat === 2) await fixture.project({ batch, restart: true });
            }
            await fixture.project({ batch });
          }
          expect(await twice.dump()).toEqual(await once.dump());
          await expectNaive(once, sent.flat(), { from: DAY.from + cut, to: DAY.to });
          await Promise.all([once.close(), twice.close()]);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('agrees with a recount of the log, digests included', async () => {
    const usage = await usageFixture();
    await usage.define(bytes);
    const records = Array.from({ length: 40 }, (_, n) =>
      recordOf({
        transactionId: `t${n % 30}`,
        customerId: n % 3 === 0 ? 'other' : 'acme',
        at: new Date(DAY.from + n * 1_700_000).toISOString(),
        properties: { bytes: n, region: n % 2 === 0 ? 'eu' : 'us' },
      }),
    );
    await usage.record(records.slice(0, 25));
    await usage.record(records.slice(25));
    await usage.project();
    const request = {
      tenant: 'default',
      meter: bytes,
      slices: [{ customerId: 'acme', from: DAY.from + 1_234_567, to: DAY.to - 7_654_321 }],
    };
    const recount = recountUsage({ log: usage.store, shards: 2, upTo: await usage.store.head() });
    for (const more of [{}, { groupBy: ['region'] }, { filter: { region: ['eu'] } }]) {
      const read = await usage.queries.readUsage({ ...request, ...more });
      expect(read.totals[0]!.eventsCount).toBeGreaterThan(5);
      expect((await recount({ ...request, ...more })).totals).toEqual(read.totals);
    }
    const before = await usage.queries.readUsage({
      tenant: 'default',
      meter: bytes,
      slices: [DAY],
    });
    await usage.record(
      Array.from({ length: 9 }, (_, n) =>
        recordOf({ customerId: `c${n}`, properties: { bytes: n } }),
      ),
    );
    await usage.project();
    const after = await usage.queries.readUsage({ tenant: 'default', meter: bytes, slices: [DAY] });
    expect(after.totals).not.toEqual(before.totals);
    const again = recountUsage({ log: usage.store, shards: 2, upTo: before.cut });
    expect((await again({ tenant: 'default', meter: bytes, slices: [DAY] })).totals).toEqual(
      before.totals,
    );
    await usage.close();
  });

  async function expectNaive(
    usage: UsageFixture,
    sent: readonly UsageRecord[],
    window: { from: number; to: number },
  ): Promise<void> {
    const counted = new Map<string, UsageRecord>();
    for (const one of sent) {
      const identity = `${one.customerId} ${one.transactionId}`;
      if (!counted.has(identity)) counted.set(identity, one);
    }
    const own = [...counted.values()].filter(
      ({ customerId, timestamp }) =>
        customerId === 'x' && timestamp >= window.from && timestamp < window.to,
    );
    const read = async (meter: Meter) => {
      const { totals } = await usage.queries.readUsage({
        tenant: 'default',
        meter,
        slices: [{ customerId: 'x', ...window }],
      });
      return totals[0]!.value.toNumber();
    };
    expect(await read(requests)).toBe(own.length);
    expect(await read(bytes)).toBe(
      own.reduce((sum, { properties }) => sum + (properties!['bytes'] as number), 0),
    );
    expect(await read(users)).toBe(new Set(own.map(({ properties }) => properties!['user'])).size);
  }
});
