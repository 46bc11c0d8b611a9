import fc from 'fast-check';
import {
  correctionDecider,
  subjectOf,
  type CorrectableRecord,
  type CorrectionEvent,
  type Meter,
  type UsageRecord,
} from '@odometer/domain';
import { recountUsage } from './recount.js';
import { meterOf, recordOf, usageFixture, type UsageFixture } from './usage.fixture.js';

const HOUR = 3_600_000;
const DAY = { from: Date.parse('2026-05-05T00:00:00Z'), to: Date.parse('2026-05-06T00:00:00Z') };

const requests = meterOf({ code: 'requests' });
const bytes = meterOf({
  code: 'bytes',
  aggregation: { type: 'sum', field: 'bytes' },
  groupBy: ['region'],
});
const highest = meterOf({ code: 'highest', aggregation: { type: 'max', field: 'bytes' } });
const last = meterOf({ code: 'last', aggregation: { type: 'latest', field: 'bytes' } });
const users = meterOf({
  code: 'users',
  aggregation: { type: 'unique_count', field: 'user' },
  filters: { region: ['eu'] },
});
const EARLY = [requests, bytes];
const LATER = [highest, last, users];
const METERS = [...EARLY, ...LATER];

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

  const of = (transactionId: string, size: number, more: Partial<UsageRecord> = {}): UsageRecord =>
    recordOf({ transactionId, properties: { bytes: size, region: 'eu' }, ...more });

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
});

describe('any history with corrections', () => {
  const content = fc.record({
    code: fc.constantFrom('request', 'request', 'other'),
    timestamp: fc.integer({ min: DAY.from, max: DAY.from + 3 * HOUR }),
    entityId: fc.constantFrom(undefined, undefined, 'seat'),
    properties: fc.record({
      bytes: fc.oneof(fc.integer({ min: -5, max: 9 }), fc.constant('none')),
      region: fc.constantFrom('eu', 'us'),
      user: fc.constantFrom('u', 'v', 'w'),
    }),
  });
  const sent = content.chain((one) =>
    fc.record({
      transactionId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      customerId: fc.constantFrom('x', 'x', 'y'),
      content: fc.constant(one),
    }),
  );
  const step = fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('record' as const),
        of: fc.array(sent, { minLength: 1, maxLength: 5 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('correct' as const),
        pick: fc.nat(),
        to: fc.option(content),
      }),
    },
  );

  /** Records as they stand, by identity, as whoever reads the log from its start would find them. */
  type Standing = Map<string, CorrectableRecord>;

  const identityOf = (record: Pick<UsageRecord, 'customerId' | 'transactionId'>): string =>
    `${subjectOf(record)} ${record.transactionId}`;

  /** What a step appends: records, or a correction of one that is there, maybe void. */
  function planned(
    standing: Standing,
    { kind, ...rest }: { kind: string } & Record<string, unknown>,
  ): UsageRecord[] | CorrectionEvent | null {
    if (kind === 'record') {
      const records = (
        rest['of'] as { transactionId: string; customerId: string; content: object }[]
      ).map(({ content: said, ...id }) => ({ ...id, ...said }) as UsageRecord);
      for (const record of records)
        if (!standing.has(identityOf(record)))
          standing.set(identityOf(record), { status: 'standing', record });
      return records;
    }
    const known = [...standing.values()];
    if (known.length === 0) return null;
    const target = known[(rest['pick'] as number) % known.length] as Exclude<
      CorrectableRecord,
      { status: 'none' }
    >;
    const to = rest['to'] as Partial<UsageRecord> | null;
    const event = to === null ? voided(target.record) : amended(target.record, to)[0];
    if (event === undefined) return null;
    standing.set(identityOf(target.record), correctionDecider.evolve(target, event));
    return event;
  }

  const naive = (standing: Standing, window: { from: number; to: number }) => {
    const own = [...standing.values()]
      .flatMap((one) => (one.status === 'standing' ? [one.record] : []))
      .filter(
        ({ customerId, code, timestamp }) =>
          customerId === 'x' &&
          code === 'request' &&
          timestamp >= window.from &&
          timestamp < window.to,
      );
    const sizes = own.flatMap(({ properties }) =>
      typeof properties!['bytes'] === 'number' ? [properties!['bytes']] : [],
    );
    const eu = own.filter(({ properties }) => properties!['region'] === 'eu');
    return {
      requests: own.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      highest: sizes.length === 0 ? 0 : Math.max(...sizes),
      users: new Set(eu.map(({ properties }) => properties!['user'])).size,
    };
  };

  it('gives the naive answer, in any batching, to meters made before or after, and to a recount', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 25 }),
        fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 })),
        fc.nat(),
        fc.integer({ min: 0, max: 3 * HOUR }),
        async (steps, [few, many], pick, cut) => {
          const fixtures = [await usageFixture(), await usageFixture()] as const;
          const [atOnce, bitByBit] = fixtures;
          for (const fixture of fixtures) for (const meter of EARLY) await fixture.define(meter);
          const standing: Standing = new Map();
          for (const [i, one] of steps.entries()) {
            const plan = planned(standing, one);
            const later = i === pick % steps.length ? LATER : [];
            for (const fixture of fixtures) await append(fixture, later, plan);
            await bitByBit.project({ batch: few, restart: i % 2 === 0 });
          }
          await atOnce.project({ batch: many });
          expect(await bitByBit.dump()).toEqual(await atOnce.dump());
          const window = { from: DAY.from + cut, to: DAY.to };
          const expected = naive(standing, window);
          for (const meter of METERS) await expectSame(atOnce, meter, { window, expected });
          await Promise.all(fixtures.map((fixture) => fixture.close()));
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
  });

  async function append(
    usage: UsageFixture,
    meters: readonly Meter[],
    plan: UsageRecord[] | CorrectionEvent | null,
  ): Promise<void> {
    for (const meter of meters) await usage.define(meter);
    if (Array.isArray(plan)) await usage.record(plan);
    else if (plan !== null) await usage.correct(plan);
  }

  async function expectSame(
    usage: UsageFixture,
    meter: Meter,
    { window, expected }: { window: typeof DAY; expected: Record<string, number> },
  ): Promise<void> {
    const request = { tenant: 'default', meter, slices: [{ customerId: 'x', ...window }] };
    const live = await usage.queries.readUsage(request);
    const recount = recountUsage({ log: usage.store, shards: 2, upTo: live.cut });
    expect((await recount(request)).totals).toEqual(live.totals);
    const value = expected[meter.code];
    if (value !== undefined) expect(live.totals[0]!.value.toNumber()).toBe(value);
  }
});
