import type { Feature, FeatureEvent, Meter, MeterEvent, Plan, PlanEvent } from '@odometer/domain';
import { benchOf, type ReadModelBench } from '../read-model.fixture.js';
import { catalogProjection } from './catalog.projection.js';
import {
  findFeature,
  findMeter,
  findMeterVersion,
  findPlan,
  findPlanVersion,
  listFeatures,
  listMeters,
  listPlans,
  meterVersions,
  planVersions,
} from './catalog.query.js';

type CatalogEvent = MeterEvent | FeatureEvent | PlanEvent;

let bench: ReadModelBench<CatalogEvent>;
beforeEach(async () => (bench = await benchOf<CatalogEvent>(catalogProjection)));
afterEach(() => bench.close());

const meter = (code: string, version = 1): Meter => ({
  code,
  version,
  eventCode: code,
  aggregation: { type: 'sum', field: `field${version}` },
  filters: { region: ['eu', 'us'] },
  groupBy: ['region'],
});

const plan = (code: string, version = 1): Plan => ({
  code,
  version,
  name: `Plan ${version}`,
  currency: 'USD',
  interval: 'month',
  amount: 4_900,
  payInAdvance: false,
  charges: [{ meterCode: 'calls', model: 'standard', properties: { amount: '0.000000000000001' } }],
  entitlements: [],
});

const feature = (code: string): Feature => ({ code, type: 'metered', meterCode: 'calls' });

describe('the catalog', () => {
  it('shows the new name of a meter that was only renamed, in its version', async () => {
    const named = { ...meter('calls'), name: 'Calls' };
    await bench.given(
      'acme',
      { type: 'MeterDefined', data: meter('calls') },
      { type: 'MeterRevised', data: named },
    );
    expect(await findMeter(bench.source, 'acme', 'calls')).toEqual({
      definition: named,
      archived: false,
    });
    expect(await meterVersions(bench.source, 'acme', 'calls')).toEqual([named]);
  });

  it('shows the current version of a meter, and keeps all', async () => {
    await bench.given(
      'acme',
      { type: 'MeterDefined', data: meter('calls') },
      { type: 'MeterRevised', data: meter('calls', 2) },
    );
    expect(await findMeter(bench.source, 'acme', 'calls')).toEqual({
      definition: meter('calls', 2),
      archived: false,
    });
    expect(await meterVersions(bench.source, 'acme', 'calls')).toEqual([
      meter('calls'),
      meter('calls', 2),
    ]);
    expect(await findMeterVersion(bench.source, 'acme', { code: 'calls', version: 1 })).toEqual(
      meter('calls'),
    );
    expect(await findMeterVersion(bench.source, 'acme', { code: 'calls', version: 3 })).toBeNull();
  });

  it('shows the current version of a plan, and keeps all, prices to the last digit', async () => {
    await bench.given(
      'acme',
      { type: 'PlanPublished', data: plan('pro') },
      { type: 'PlanPublished', data: plan('pro', 2) },
    );
    expect((await findPlan(bench.source, 'acme', 'pro'))?.definition).toEqual(plan('pro', 2));
    expect(await planVersions(bench.source, 'acme', 'pro')).toEqual([plan('pro'), plan('pro', 2)]);
    expect(await findPlanVersion(bench.source, 'acme', { code: 'pro', version: 1 })).toEqual(
      plan('pro'),
    );
  });

  it('shows features', async () => {
    await bench.given('acme', { type: 'FeatureDefined', data: feature('api') });
    expect(await findFeature(bench.source, 'acme', 'api')).toEqual({
      definition: feature('api'),
      archived: false,
    });
    await bench.given('acme', { type: 'FeatureDefined', data: { ...feature('api'), name: 'API' } });
    expect((await findFeature(bench.source, 'acme', 'api'))?.definition.name).toBe('API');
  });

  it('keeps what is archived, but lists it only when asked to', async () => {
    await bench.given(
      'acme',
      { type: 'MeterDefined', data: meter('calls') },
      { type: 'PlanPublished', data: plan('pro') },
      { type: 'FeatureDefined', data: feature('api') },
      { type: 'MeterArchived', data: { code: 'calls' } },
      { type: 'PlanArchived', data: { code: 'pro' } },
      { type: 'FeatureArchived', data: { code: 'api' } },
    );
    const found = [
      await findMeter(bench.source, 'acme', 'calls'),
      await findPlan(bench.source, 'acme', 'pro'),
      await findFeature(bench.source, 'acme', 'api'),
    ];
    expect(found.map((entry) => entry?.archived)).toEqual([true, true, true]);
    const lists = [listMeters, listPlans, listFeatures];
    const sizes = await Promise.all(
      lists.flatMap((list) => [
        list(bench.source, 'acme').then(({ data }) => data.length),
        list(bench.source, 'acme', { withArchived: true }).then(({ data }) => data.length),
      ]),
    );
    expect(sizes).toEqual([0, 1, 0, 1, 0, 1]);
    await bench.given('acme', { type: 'MeterDefined', data: meter('calls', 2) });
    expect((await listMeters(bench.source, 'acme')).data).toEqual([
      { definition: meter('calls', 2), archived: false },
    ]);
  });

  it('lists in pages by code, of one tenant only', async () => {
    const codes = ['c', 'a', 'b'];
    await bench.given(
      'acme',
      ...codes.map((code) => ({ type: 'MeterDefined', data: meter(code) }) as const),
    );
    await bench.given('other', { type: 'MeterDefined', data: meter('z') });
    const first = await listMeters(bench.source, 'acme', { limit: 2 });
    const second = await listMeters(bench.source, 'acme', {
      limit: 2,
      cursor: first.nextCursor ?? '',
    });
    expect(
      [first, second].map(({ data }) => data.map(({ definition }) => definition.code)),
    ).toEqual([['a', 'b'], ['c']]);
    expect(second.nextCursor).toBeNull();
    expect(await findMeter(bench.source, 'other', 'a')).toBeNull();
  });

  it('is the same after a rebuild', async () => {
    await bench.given(
      'acme',
      { type: 'MeterDefined', data: meter('calls') },
      { type: 'MeterRevised', data: meter('calls', 2) },
      { type: 'PlanPublished', data: plan('pro') },
    );
    const dump = async (): Promise<string[]> =>
      Promise.all(
        ['meter', 'meter_version', 'plan', 'plan_version', 'feature'].map((table) =>
          bench.dump(table),
        ),
      );
    const before = await dump();
    await bench.rebuild();
    expect(await dump()).toEqual(before);
  });
});
