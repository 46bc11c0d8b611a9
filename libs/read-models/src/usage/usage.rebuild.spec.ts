import { correctionDecider, type CorrectionEvent, type UsageRecord } from '@odometer/domain';
import { migrate } from '@odometer/event-store/postgres';
import { createProjectionEngine, projectionMigrations } from '@odometer/projections';
import { USAGE_PROJECTION, usageProjection } from './usage.projection.js';
import { meterOf, recordOf, usageFixture } from './usage.fixture.js';

const voided = (record: UsageRecord): CorrectionEvent =>
  correctionDecider.decide({ type: 'VoidUsage', reason: 'r' }, { status: 'standing', record })[0]!;

const moved = (record: UsageRecord): CorrectionEvent =>
  correctionDecider.decide(
    { type: 'AmendUsage', reason: 'r', changes: { timestamp: Date.parse('2026-04-01T00:00:00Z') } },
    { status: 'standing', record },
  )[0]!;

describe('a rebuild of the usage read model', () => {
  it('gives the same rows as the one it replaces', async () => {
    const usage = await usageFixture();
    const { pool, url } = usage.database;
    await migrate(url, projectionMigrations);
    await pool.query('DROP SCHEMA rm_usage CASCADE');
    const projections = [usageProjection({ shards: 2, log: usage.store })];
    const engine = createProjectionEngine({
      pool,
      store: usage.store,
      projections,
      owner: 'spec',
      now: () => performance.now(),
    });
    await engine.start();
    const records = Array.from({ length: 60 }, (_, n) =>
      recordOf({
        transactionId: `t${n % 45}`,
        customerId: `c${n % 7}`,
        properties: { region: n % 2 ? 'eu' : 'us', bytes: n },
      }),
    );
    await usage.record(records.slice(0, 40));
    // The meter is made when half of its records are there already.
    await usage.define(
      meterOf({ code: 'bytes', aggregation: { type: 'sum', field: 'bytes' }, groupBy: ['region'] }),
    );
    await usage.correct(voided(records[3]!));
    for (let n = 40; n < 60; n += 5) await usage.record(records.slice(n, n + 5));
    // From a past moment on it counts otherwise, so that there are two eras.
    const counting = { aggregation: { type: 'max', field: 'bytes' }, filters: { region: ['eu'] } };
    await usage.define({
      ...meterOf({ code: 'bytes', ...counting }),
      version: 2,
      validFrom: '2026-05-05T12:00:00.000Z',
      earlier: [{ version: 1, aggregation: { type: 'sum', field: 'bytes' }, filters: {} }],
    });
    await usage.correct(moved(records[4]!));
    await usage.correct(voided(records[3]!));
    await usage.limitLateness(20);
    await usage.record([recordOf({ properties: { region: 'eu', bytes: 1_000 } })]);
    expect(await engine.waitFor('all', await usage.store.head(), 10_000)).toBe(true);
    const live = (await usage.dump()) as { bucket: unknown[] };
    expect(live.bucket.length).toBeGreaterThan(7);
    await engine.rebuild(USAGE_PROJECTION);
    expect(await usage.dump()).toEqual(live);
    await engine.stop();
    await usage.close();
  });
});
