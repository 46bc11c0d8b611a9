import type { JsonObject } from '../kernel/json.js';
import { compileMeter, countsIn, dimensionsOf, observationAt } from './matching.js';
import type { Meter } from './meter.js';

const meter: Meter = {
  code: 'tokens',
  version: 1,
  eventCode: 'llm_call',
  aggregation: { type: 'sum', field: 'tokens' },
  filters: { region: ['eu', 'us'], tier: ['1', 'true'] },
  groupBy: ['model', 'region'],
};

/** What the meter's aggregation sees of a record, and why it refuses it. */
const observed = (given: Meter, properties?: JsonObject) => {
  const into = observationAt({ position: 7, index: 2 });
  const refusal = compileMeter(given).observe(record(properties), into);
  return { ...into, refusal };
};
const record = (properties?: JsonObject, code = 'llm_call') => ({
  code,
  properties,
  timestamp: 5,
});

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
  it('reads no value', () => expect(observed(plain, { tokens: 5 }).value).toBeUndefined());
});

describe('what an aggregation sees', () => {
  it('is the field, the time and the place of the record', () => {
    expect(observed(meter, { tokens: '5', operation_type: 'remove' })).toEqual({
      value: '5',
      operation: undefined,
      timestamp: 5,
      position: 7,
      index: 2,
      refusal: null,
    });
    expect(observed(meter, { tokens: 'x' }).refusal).toBe('not_a_number');
    expect(observed(meter).refusal).toBe('missing_field');
  });

  it('is what an expression computes, and why it computes nothing', () => {
    const computing = (expression: string): Meter => ({
      ...meter,
      aggregation: { type: 'sum', expression },
    });
    const { value, refusal } = observed(computing('properties.tokens * 2'), { tokens: '5' });
    expect([value, refusal]).toEqual([10, null]);
    expect(observed(computing('properties.tokens * 2'), {}).refusal).toBe('missing_field');
    expect(observed(computing('1 / properties.tokens'), { tokens: 0 }).refusal).toBe(
      'division_by_zero',
    );
  });

  it('is the operation, too, where values can be taken out again', () => {
    const distinct = { ...meter, aggregation: { type: 'unique_count', field: 'user' } };
    const removed = observed(distinct, { user: 'u', operation_type: 'remove' });
    expect(removed).toMatchObject({ value: 'u', operation: 'remove', refusal: null });
    expect(observed(distinct, { user: 'u', operation_type: 'drop' }).refusal).toBe(
      'unknown_operation',
    );
  });

  it('is nothing when the meter counts in a way that nobody knows', () => {
    const unknown = { ...meter, aggregation: { type: 'constructor' } };
    expect(() => compileMeter(unknown)).toThrow('meter tokens has unknown aggregation constructor');
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
    expect(observed(hostile, {})).toMatchObject({ value: undefined, refusal: 'missing_field' });
    expect(dimensionsOf(hostile, record({}))).toEqual([null, null, null]);
  });

  it('finds what was sent', () => {
    const sent = JSON.parse('{"constructor": 3, "__proto__": "p", "toString": "t"}') as JsonObject;
    expect(observed(hostile, sent)).toMatchObject({ value: 3, refusal: null });
    expect(dimensionsOf(hostile, record(sent))).toEqual(['3', 'p', 't']);
  });
});

describe('what a meter looks at', () => {
  const plain: Meter = { ...meter, filters: {}, groupBy: [] };
  const aggregation = (given: Meter['aggregation']): Meter => ({ ...plain, aggregation: given });

  it.each<[string, string | null | undefined, Meter]>([
    ['is one property', 'tokens', plain],
    ['is one property, whatever it is grouped by', 'tokens', { ...plain, groupBy: ['model'] }],
    ['is nothing where records are counted', null, aggregation({ type: 'count' })],
    ['is one property, whatever passes its filters', 'tokens', meter],
    [
      'is more with an expression',
      undefined,
      aggregation({ type: 'sum', expression: 'properties.a' }),
    ],
    [
      'is more where values are taken out again',
      undefined,
      aggregation({ type: 'unique_count', field: 'user' }),
    ],
    [
      'is more where earlier versions count otherwise',
      undefined,
      {
        ...plain,
        version: 2,
        validFrom: '2026-01-01T00:00:00.000Z',
        earlier: [{ version: 1, aggregation: { type: 'count' }, filters: {} }],
      },
    ],
  ])('%s: %s', (_, field, given) => {
    expect(compileMeter(given).plainField).toBe(field);
  });

  it('is told of filters apart', () => {
    expect(compileMeter(plain).filters).toEqual([]);
    expect(compileMeter(meter).filters).toEqual([
      { key: 'region', allowed: new Set(['eu', 'us']) },
      { key: 'tier', allowed: new Set(['1', 'true']) },
    ]);
  });
});
