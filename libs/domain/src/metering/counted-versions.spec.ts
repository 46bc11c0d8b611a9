import type { JsonObject } from '../kernel/json.js';
import { countedEras, countedVersions, eraOf, meterAggregation } from './counted-versions.js';
import { compileMeter, observationAt } from './matching.js';
import type { Meter, MeterVersion } from './meter.js';

const FEBRUARY = '2026-02-01T00:00:00.000Z';
const MARCH = '2026-03-01T00:00:00.000Z';
const MAY = '2026-05-01T00:00:00.000Z';

type Counting = Omit<MeterVersion, 'version' | 'validFrom' | 'filters'> & {
  filters?: MeterVersion['filters'];
};
const count: Counting = { aggregation: { type: 'count' } };
const sum = (field: string): Counting => ({ aggregation: { type: 'sum', field } });
const max = (field: string): Counting => ({ aggregation: { type: 'max', field } });
const custom = (formula: string): Counting => ({
  aggregation: { type: 'custom', field: 'a', settings: { formula } },
});

/** A meter with one version after the other, from the beginning, February, March and May on. */
const meterOf = (...versions: readonly Counting[]): Meter => {
  const all = versions.map((given, i) => ({
    filters: {},
    ...given,
    version: i + 1,
    ...(i === 0 ? {} : { validFrom: [FEBRUARY, MARCH, MAY][i - 1]! }),
  }));
  const earlier = all.slice(0, -1);
  return {
    code: 'm',
    eventCode: 'call',
    groupBy: ['region'],
    ...all.at(-1)!,
    ...(earlier.length === 0 ? {} : { earlier }),
  };
};
const recurring = (given: Counting): Counting => ({ ...given, recurring: true });

describe('versions that count into one state', () => {
  it.each<[string, Counting[], number[]]>([
    ['the only one', [count], [1]],
    ['of one aggregation, whatever they look at', [max('a'), max('b')], [1, 2]],
    ['that add ones and values', [sum('a'), count, sum('b')], [1, 2, 3]],
    ['after the last that counts otherwise', [sum('a'), max('a'), sum('a'), count], [3, 4]],
    ['not those of another formula', [custom('max'), custom('min')], [2]],
    ['but those of the same', [custom('max'), custom('max')], [1, 2]],
    ['not those that carry over', [sum('a'), recurring(sum('a'))], [2]],
    ['if all carry over, those of one kind', [recurring(sum('a')), recurring(sum('b'))], [1, 2]],
  ])('are %s', (_, versions, counted) => {
    expect(countedVersions(meterOf(...versions)).map(({ version }) => version)).toEqual(counted);
  });

  it.each<[Counting[], string]>([
    [[count], 'count'],
    [[count, count], 'count'],
    [[sum('a'), count], 'sum'],
    [[count, sum('a')], 'sum'],
    [[max('a'), count], 'count'],
  ])('of %j are states of %s', (versions, code) => {
    expect(meterAggregation(meterOf(...versions)).code).toBe(code);
    expect(compileMeter(meterOf(...versions)).aggregation.code).toBe(code);
  });
});

describe('the eras of a meter', () => {
  const meter = meterOf(count, sum('a'), max('a'), max('b'));
  const march = Date.parse(MARCH);

  it('are as many as it has kinds of states', () => {
    const eras = countedEras(meter).map(({ meter: own, from, until }) => [
      own.version,
      from,
      until,
    ]);
    expect(eras).toEqual([
      [4, march, Infinity],
      [2, -Infinity, march],
    ]);
  });

  it('are found by the ends of windows', () => {
    expect(eraOf(meter, march).meter.version).toBe(2);
    expect(eraOf(meter, march + 1).meter.version).toBe(4);
    expect(eraOf(meterOf(count), 0)).toEqual({
      meter: meterOf(count),
      from: -Infinity,
      until: Infinity,
    });
  });
});

describe('a meter with versions', () => {
  const sees = (meter: Meter, iso: string, properties: JsonObject = {}) => {
    const compiled = compileMeter(meter);
    const record = { code: 'call', timestamp: Date.parse(iso), properties };
    if (!compiled.matches(record)) return null;
    const into = observationAt({ position: 1, index: 0 });
    return compiled.observe(record, into) ?? into.value;
  };
  const eu = { region: ['eu'] };

  it('counts each record by the version that is valid at its time', () => {
    const meter = meterOf(sum('a'), { ...sum('b'), filters: eu });
    const both = { a: 1, b: 2, region: 'eu' };
    expect(sees(meter, '2026-01-31T23:59:59.999Z', both)).toBe(1);
    expect(sees(meter, FEBRUARY, both)).toBe(2);
    expect(sees(meter, FEBRUARY, { ...both, region: 'us' })).toBeNull();
    expect(sees(meter, '2026-01-01T00:00:00.000Z', { b: 2 })).toBe('missing_field');
  });

  it('adds ones to values', () => {
    expect(sees(meterOf(count, sum('a')), '2026-01-01T00:00:00.000Z', { a: 7 })).toBe(1);
    expect(sees(meterOf(count, sum('a')), MARCH, { a: 7 })).toBe(7);
    expect(sees(meterOf(sum('a'), count), MARCH, { a: 7 })).toBe(1);
    expect(sees(meterOf(count, count), MARCH, { a: 7 })).toBeUndefined();
  });

  it('counts what is before its era as the first version of the era does', () => {
    const meter = meterOf(count, max('a'), max('b'));
    expect(sees(meter, '2026-01-01T00:00:00.000Z', { a: 7, b: 8 })).toBe(7);
    expect(sees(meter, MARCH, { a: 7, b: 8 })).toBe(8);
  });

  it('is grouped by the keys of the latest, whenever a record was', () => {
    const compiled = compileMeter(meterOf(count, sum('a')));
    expect(compiled.dimensions({ properties: { region: 'eu' } })).toEqual(['eu']);
  });
});
