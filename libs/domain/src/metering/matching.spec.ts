import type { JsonObject } from '../kernel/json.js';
import { compileMeter, countsIn, dimensionsOf } from './matching.js';
import type { Meter } from './meter.js';

const meter: Meter = {
  code: 'tokens',
  version: 1,
  eventCode: 'llm_call',
  aggregation: { type: 'sum', field: 'tokens' },
  filters: { region: ['eu', 'us'], tier: ['1', 'true'] },
  groupBy: ['model', 'region'],
};
const record = (properties?: JsonObject, code = 'llm_call') => ({ code, properties });

describe('a meter with filters', () => {
  it.each<[JsonObject | undefined, boolean]>([
    [{ region: 'eu', tier: '1' }, true],
    [{ region: 'us', tier: 1 }, true],
    [{ region: 'us', tier: true }, true],
    [{ region: 'us', tier: '1.0' }, false],
    [{ region: 'EU', tier: '1' }, false],
    [{ region: 'eu' }, false],
    [{ region: 'eu', tier: null }, false],
    [{ region: ['eu'], tier: '1' }, false],
    [undefined, false],
  ])('sees %j: %s', (properties, seen) => {
    expect(countsIn(meter, record(properties))).toBe(seen);
  });

  it('sees no record of another code', () => {
    expect(countsIn(meter, record({ region: 'eu', tier: '1' }, 'other'))).toBe(false);
  });
});

describe('a meter without filters, dimensions or field', () => {
  const plain = { ...meter, aggregation: { type: 'count' }, filters: {}, groupBy: [] };

  it('sees every record of its code', () => expect(countsIn(plain, record())).toBe(true));
  it('has no dimensions', () => expect(dimensionsOf(plain, record({ model: 'x' }))).toEqual([]));
  it('reads no value', () => {
    expect(compileMeter(plain).value(record({ tokens: 5 }))).toBeUndefined();
  });
});

describe('dimensions', () => {
  it('come in the order of the meter, as text, null where there is none', () => {
    expect(dimensionsOf(meter, record({ region: 5, model: 'm' }))).toEqual(['m', '5']);
    expect(dimensionsOf(meter, record({ model: false, region: {} }))).toEqual(['false', null]);
    expect(dimensionsOf(meter, record())).toEqual([null, null]);
  });
});

describe('a property name that every object inherits', () => {
  const keys = ['constructor', '__proto__', 'toString'];
  const hostile = {
    ...meter,
    aggregation: { type: 'sum', field: 'constructor' },
    filters: {},
    groupBy: keys,
  };

  it('finds nothing that was not sent', () => {
    expect(compileMeter(hostile).value(record({}))).toBeUndefined();
    expect(dimensionsOf(hostile, record({}))).toEqual([null, null, null]);
  });

  it('finds what was sent', () => {
    const sent = JSON.parse('{"constructor": 3, "__proto__": "p", "toString": "t"}') as JsonObject;
    expect(compileMeter(hostile).value(record(sent))).toBe(3);
    expect(dimensionsOf(hostile, record(sent))).toEqual(['3', 'p', 't']);
  });
});
