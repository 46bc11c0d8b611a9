import {
  correctionDecider,
  type CorrectionEvent,
  type Meter,
  type UsageRecord,
} from '@odometer/domain';
import { meterOf, recordOf, usageFixture, type UsageFixture } from './usage.fixture.js';

const DAY = { from: Date.parse('2026-05-05T00:00:00Z'), to: Date.parse('2026-05-06T00:00:00Z') };

const requests = meterOf({ code: 'requests' });
const bytes = meterOf({
  code: 'bytes',
  aggregation: { type: 'sum', field: 'bytes' },
  groupBy: ['region'],
});
const highest = meterOf({ code: 'highest', aggregation: { type: 'max', field: 'bytes' } });
const METERS = [requests, bytes, highest];

const voided = (record: UsageRecord): CorrectionEvent =>
  correctionDecider.decide({ type: 'VoidUsage', reason: 'r' }, { status: 'standing', record })[0]!;

/** Empty when the change says what the record says already. */
const amended = (
  record: UsageRecord,
  { code, timestamp, properties, entityId }: Partial<UsageRecord>,
): CorrectionEvent[] =>
  correctionDecider.decide(
    { type: 'AmendUsage', reason: 'r', changes: { code, timestamp, properties, entityId } },
    { status: 'standing', record },
  );

describe('corrections in the usage read model', () => {
  let usage: UsageFixture;
  beforeEach(async () => {
    usage = await usageFixture();
  });
  afterEach(() => usage.close());

  const read = async (meter: Meter, more: object = {}): Promise<unknown> => {
    const slices = [{ customerId: 'acme', ...DAY }];
    const request = { tenant: 'default', meter, slices, ...more };
    const { totals } = await usage.queries.readUsage(request);
    return totals.map(({ group, value, eventsCount }) => [group, value.toFixed(), eventsCount]);
  };

  const statuses = async (): Promise<unknown> => {
    const { data } = await usage.queries.findRecords({
      tenant: 'default',
      customerId: 'acme',
      limit: 100,
    });
    return data.map(({ transaction_id, status, properties }) => [
      transaction_id,
      status,
      properties['bytes'],
    ]);
  };

  const of = (
    transactionId: string,
    size: number,
    more: Partial<UsageRecord> & { at?: string } = {},
  ): UsageRecord => recordOf({ transactionId, properties: { bytes: size, region: 'eu' }, ...more });

  it('take a record back from the hour that it was in, and from its group only', async () => {
    for (const meter of METERS) await usage.define(meter);
    const us = of('t3', 3, { properties: { bytes: 3, region: 'us' } });
    await usage.record([of('t1', 9), of('t2', 4), us]);
    await usage.project();
    await usage.correct(voided(of('t1', 9)));
    await usage.project({ restart: true });
    expect(await read(requests)).toEqual([[{}, '2', 2]]);
    expect(await read(highest)).toEqual([[{}, '4', 2]]);
    expect(await read(bytes, { groupBy: ['region'] })).toEqual([
      [{ region: 'eu' }, '4', 1],
      [{ region: 'us' }, '3', 1],
    ]);
    await usage.correct(voided(us));
    await usage.project();
    expect(await read(bytes, { groupBy: ['region'] })).toEqual([[{ region: 'eu' }, '4', 1]]);
  });

  it('leave no row behind where nothing is left', async () => {
    for (const meter of METERS) await usage.define(meter);
    await usage.record([of('t1', 9)]);
    await usage.project();
    await usage.correct(voided(of('t1', 9)));
    await usage.project();
    expect(await usage.dump()).toMatchObject({ bucket: [] });
    expect(await read(highest)).toEqual([[{}, '0', 0]]);
  });

  it('keep the id of a void record taken: the same again is a duplicate, other content a conflict', async () => {
    await usage.define(requests);
    await usage.record([of('t1', 9)]);
    await usage.correct(voided(of('t1', 9)));
    await usage.record([of('t1', 9), of('t1', 8)]);
    await usage.project();
    expect(await read(requests)).toEqual([[{}, '0', 0]]);
    expect(await statuses()).toEqual([
      ['t1', 'conflict', 8],
      ['t1', 'duplicate', 9],
      ['t1', 'voided', 9],
    ]);
  });

  it('take for a duplicate what an amended record says, before and now', async () => {
    await usage.define(requests);
    await usage.record([of('t1', 9)]);
    for (const event of amended(of('t1', 9), of('t1', 5))) await usage.correct(event);
    await usage.record([of('t1', 9), of('t1', 5), of('t1', 4)]);
    await usage.project();
    expect(await statuses()).toEqual([
      ['t1', 'conflict', 4],
      ['t1', 'duplicate', 5],
      ['t1', 'duplicate', 9],
      ['t1', 'amended', 5],
    ]);
  });

  it('let a record move to another hour, code and entity', async () => {
    for (const meter of METERS) await usage.define(meter);
    await usage.define(meterOf({ code: 'calls', eventCode: 'call' }));
    await usage.record([of('t1', 9)]);
    const [moved] = amended(of('t1', 9), { timestamp: DAY.from + 1, code: 'call', entityId: 'e' });
    await usage.correct(moved!);
    await usage.project({ batch: 1 });
    expect(await read(requests)).toEqual([[{}, '0', 0]]);
    const calls = meterOf({ code: 'calls', eventCode: 'call' });
    const slices = [{ customerId: 'acme', entityId: 'e', from: DAY.from, to: DAY.from + 2 }];
    expect(await read(calls, { slices })).toEqual([[{}, '1', 1]]);
  });

  it('are seen by a meter that is made later', async () => {
    await usage.record([of('t1', 9), of('t2', 4), of('t3', 1)]);
    await usage.correct(voided(of('t1', 9)));
    await usage.correct(amended(of('t2', 4), of('t2', 5))[0]!);
    // Behind the void, where it has no effect.
    await usage.correct(amended(of('t1', 9), of('t1', 100))[0]!);
    await usage.project({ batch: 1 });
    await usage.define(highest);
    await usage.define(bytes);
    await usage.project();
    expect(await read(highest)).toEqual([[{}, '5', 2]]);
    expect(await read(bytes)).toEqual([[{}, '6', 2]]);
  });

  it('take back what a meter could not count', async () => {
    await usage.define(bytes);
    const wrong = of('t1', 0, { properties: { bytes: 'many' } });
    await usage.record([wrong, of('t2', 0, { properties: {} })]);
    await usage.project();
    await usage.correct(amended(wrong, of('t1', 7))[0]!);
    await usage.project();
    expect(await read(bytes)).toEqual([[{}, '7', 1]]);
    expect(await usage.dump()).toMatchObject({
      uncounted: [{ meter: 'bytes', reason: 'missing_field', records: '1' }],
    });
  });

  it('change the digest of what they change', async () => {
    await usage.define(bytes);
    await usage.record([of('t1', 9), of('t2', 4)]);
    const digest = async (): Promise<string> => {
      await usage.project();
      const slices = [{ customerId: 'acme', ...DAY }];
      const { totals } = await usage.queries.readUsage({ tenant: 'default', meter: bytes, slices });
      return totals[0]!.digest;
    };
    const digests = [await digest()];
    await usage.correct(amended(of('t1', 9), of('t1', 8))[0]!);
    digests.push(await digest());
    await usage.correct(amended(of('t1', 8), of('t1', 9))[0]!);
    digests.push(await digest());
    await usage.correct(voided(of('t1', 9)));
    digests.push(await digest());
    expect(new Set(digests).size).toBe(4);
  });

  it('show every version of a record, who made it and why', async () => {
    await usage.record([of('t1', 9)]);
    await usage.correct(amended(of('t1', 9), of('t1', 8))[0]!);
    await usage.correct(voided(of('t1', 8)));
    await usage.correct(amended(of('t1', 9), of('t1', 7))[0]!);
    await usage.project();
    const request = { tenant: 'default', transactionId: 't1', customerId: 'acme' };
    const found = await usage.queries.findRecord(request);
    expect(found).toMatchObject({ status: 'voided', record: { properties: { bytes: 8 } } });
    expect(
      found!.history.map(({ kind, actor, reason, record }) => [
        kind,
        actor,
        reason,
        record?.properties?.['bytes'],
      ]),
    ).toEqual([
      ['recorded', 'spec', 'a reason', 9],
      ['amended', 'spec', 'a reason', 8],
      ['voided', 'spec', 'a reason', undefined],
    ]);
    expect(await usage.queries.findRecord({ ...request, customerId: 'other' })).toBeNull();
    expect(await usage.queries.findRecord({ ...request, tenant: 'other' })).toBeNull();
  });

  it('stop the shard when the log does not hold their record', async () => {
    await usage.correct(voided(of('t1', 9)));
    await expect(usage.project()).rejects.toThrow('position 1 is about a record');
  });

  describe('beside a limit for late records', () => {
    // Records of specs arrive on the first of June.
    const late = of('late', 5, { at: '2026-05-04T23:59:59.999Z' });
    const inTime = of('in time', 7, { at: '2026-05-05T00:00:00Z' });
    const MAY = { customerId: 'acme', from: DAY.from - 86_400_000, to: DAY.to };

    it('keep late records, which do not count until somebody amends them', async () => {
      await usage.define(requests);
      await usage.limitLateness(27);
      await usage.record([late, inTime, { ...late }]);
      await usage.project();
      expect(await read(requests, { slices: [MAY] })).toEqual([[{}, '1', 1]]);
      expect(await statuses()).toEqual([
        ['in time', 'accepted', 7],
        ['late', 'duplicate', 5],
        ['late', 'late_beyond_limit', 5],
      ]);
      await usage.correct(amended(late, of('late', 6, { at: '2026-05-04T00:00:00Z' }))[0]!);
      await usage.project();
      expect(await read(requests, { slices: [MAY] })).toEqual([[{}, '2', 2]]);
    });

    it('void late records without touching what counts', async () => {
      await usage.define(requests);
      await usage.limitLateness(27);
      await usage.record([late]);
      await usage.correct(voided(late));
      await usage.project();
      expect(await statuses()).toEqual([['late', 'voided', 5]]);
      expect(await read(requests, { slices: [MAY] })).toEqual([[{}, '0', 0]]);
    });

    it('go by the limit that held when a record arrived, for meters made later too', async () => {
      await usage.record([{ ...late, transactionId: 'before' }]);
      await usage.limitLateness(27);
      await usage.record([late]);
      await usage.limitLateness(null);
      await usage.record([{ ...late, transactionId: 'after' }]);
      await usage.project({ batch: 1, restart: true });
      await usage.define(requests);
      await usage.project({ restart: true });
      expect(await read(requests, { slices: [MAY] })).toEqual([[{}, '2', 2]]);
    });

    it('take a record without a time of its own for one of now', async () => {
      await usage.define(requests);
      await usage.limitLateness(0);
      await usage.record([{ ...inTime, timestampAssigned: true }]);
      await usage.project();
      expect(await read(requests)).toEqual([[{}, '1', 1]]);
    });
  });
});
