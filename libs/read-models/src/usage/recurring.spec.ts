import fc from 'fast-check';
import type { JsonObject, Meter, UsageSlice } from '@odometer/domain';
import { recountUsage } from './recount.js';
import { meterOf, recordOf, usageFixture, type UsageFixture } from './usage.fixture.js';

const at = (iso: string): number => Date.parse(iso);
const MARCH = { from: at('2026-03-01T00:00:00Z'), to: at('2026-04-01T00:00:00Z') };
const APRIL = { from: MARCH.to, to: at('2026-05-01T00:00:00Z') };

const seats = meterOf({
  code: 'seats',
  aggregation: { type: 'unique_count', field: 'seat' },
  groupBy: ['team'],
  recurring: true,
});
const storage = meterOf({
  code: 'storage',
  aggregation: { type: 'sum', field: 'gb' },
  recurring: true,
});
const weighted = meterOf({
  code: 'weighted',
  aggregation: { type: 'weighted_sum', field: 'gb' },
  recurring: true,
});
const unweighted = meterOf({ ...weighted, code: 'unweighted', recurring: false });

describe('a recurring meter', () => {
  let usage: UsageFixture;

  beforeEach(async () => {
    usage = await usageFixture();
  });
  afterEach(() => usage.close());

  const send = (iso: string, properties: JsonObject) =>
    usage.record([recordOf({ at: iso, properties })]);
  const read = async (meter: Meter, slice: Partial<UsageSlice>) => {
    const slices = [{ customerId: 'acme', ...MARCH, ...slice }];
    const { totals } = await usage.queries.readUsage({ tenant: 'default', meter, slices });
    return { value: totals[0]!.value.toFixed(), records: totals[0]!.eventsCount };
  };

  it('counts in a window all that was before its end', async () => {
    await usage.define(storage);
    await send('2025-11-03T10:10:00Z', { gb: 100 });
    await send('2026-03-10T10:10:00Z', { gb: '-30.5' });
    await send('2026-04-10T10:10:00Z', { gb: 5 });
    await usage.project();
    expect(await read(storage, MARCH)).toEqual({ value: '69.5', records: 2 });
    expect(await read(storage, APRIL)).toEqual({ value: '74.5', records: 3 });
    const cut = { from: at('2026-03-10T10:05:00Z'), to: at('2026-03-10T10:10:00Z') };
    expect(await read(storage, cut)).toEqual({ value: '100', records: 1 });
    expect(await read(storage, { ...cut, to: cut.to + 1 })).toMatchObject({ value: '69.5' });
    expect(await read(storage, { ...cut, from: cut.to })).toMatchObject({ value: '0', records: 0 });
  });

  it('takes seats out again, late ones included, each group on its own', async () => {
    await usage.define(seats);
    await send('2026-02-01T00:00:00Z', { seat: 's1', team: 'a' });
    await send('2026-03-05T12:00:00Z', { seat: 's1', team: 'a', operation_type: 'remove' });
    await send('2026-03-05T12:00:00Z', { seat: 's2', team: 'b', operation_type: 'add' });
    await usage.project();
    await send('2026-02-02T00:00:00Z', { seat: 's1', team: 'a' });
    await send('2026-03-06T00:00:00Z', { seat: 's3', team: 'b', operation_type: 'gone' });
    await usage.project({ restart: true });
    expect(await read(seats, {})).toEqual({ value: '1', records: 4 });
    const { totals } = await usage.queries.readUsage({
      tenant: 'default',
      meter: seats,
      slices: [{ customerId: 'acme', ...MARCH }],
      groupBy: ['team'],
    });
    expect(totals.map(({ group, value }) => [group['team'], value.toFixed()])).toEqual([
      ['a', '0'],
      ['b', '1'],
    ]);
    expect(await usage.dump()).toMatchObject({
      uncounted: [{ meter: 'seats', reason: 'unknown_operation', records: '1' }],
    });
  });

  it('gives the running value at the end of each window of a series', async () => {
    await usage.define(storage);
    await send('2026-02-10T00:00:00Z', { gb: 7 });
    await send('2026-03-02T06:30:00Z', { gb: 2 });
    await usage.project();
    const days = [1, 2, 3].map((day) => [
      {
        customerId: 'acme',
        from: at(`2026-03-0${day}T05:45:00Z`),
        to: at(`2026-03-0${day + 1}T05:45:00Z`),
      },
    ]);
    const windows = [...days, [{ customerId: 'acme', ...MARCH }]];
    const [answer] = await usage.queries.readWindows([
      { tenant: 'default', meter: storage, windows },
    ]);
    expect(answer!.windows.map(([total]) => total!.value.toFixed())).toEqual(['7', '9', '9', '9']);
  });

  it('weighs what it carries by the whole window', async () => {
    await usage.define(weighted);
    await usage.define(unweighted);
    await send('2026-03-05T00:00:00Z', { gb: 2500 });
    await send('2026-04-04T00:00:00Z', { gb: -2000 });
    await send('2026-04-06T00:00:00Z', { gb: '-200' });
    await usage.project();
    expect(await read(weighted, MARCH)).toMatchObject({
      value: '2177.4193548387096774193548387096774193548387',
    });
    expect(await read(weighted, APRIL)).toEqual({
      value: '533.3333333333333333333333333333333333333333',
      records: 3,
    });
    expect((await read(unweighted, APRIL)).value.slice(0, 9)).toBe('-1966.666');
    const cut = { from: at('2026-04-04T00:30:00Z'), to: at('2026-04-06T00:30:00Z') };
    expect((await read(weighted, cut)).value).toBe('497.9166666666666666666666666666666666666667');
  });

  it('is counted the same from the log, in any order and batches, in any windows', async () => {
    const meters = [seats, storage, weighted, unweighted];
    for (const meter of meters) await usage.define(meter);
    const hour = 3_600_000;
    const sent = fc.array(
      fc.record({
        at: fc.integer({ min: MARCH.from, max: MARCH.from + 4 * hour }),
        seat: fc.constantFrom('s1', 's2', 's3'),
        gb: fc.constantFrom(1, -2, '0.25', '9007199254740993'),
        operation_type: fc.constantFrom('add', 'remove'),
        team: fc.constantFrom('a', 'b'),
        batch: fc.integer({ min: 1, max: 4 }),
        window: fc.tuple(fc.nat(4 * hour), fc.nat(4 * hour)),
        fromHour: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(sent, async (records) => {
        const customerId = `customer-${(run += 1)}`;
        for (const { at: timestamp, batch, window, ...properties } of records) {
          await usage.record([recordOf({ customerId, timestamp, properties })]);
          await usage.project({ batch, restart: batch === 4 });
        }
        const head = await usage.store.head();
        const recount = recountUsage({ log: usage.store, shards: 2, upTo: head });
        for (const { window, fromHour } of records.slice(0, 2)) {
          const [from, to] = [...window].sort((a, b) => a - b) as [number, number];
          const slice = {
            customerId,
            from: MARCH.from + (fromHour ? Math.floor(from / hour) * hour : from),
            to: MARCH.from + to,
          };
          for (const meter of meters) {
            for (const groupBy of [[], ['team']]) {
              const request = { tenant: 'default', meter, slices: [slice], groupBy };
              const { totals } = await usage.queries.readUsage(request);
              expect(totals).toEqual((await recount(request)).totals);
            }
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});
