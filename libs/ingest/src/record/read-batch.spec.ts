import type { ParsedBody } from '../body/exact-json.js';
import { parseExactJson } from '../body/exact-json.js';
import { InvalidBody, readBatch, readOne } from './read-batch.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const GOOD = { transaction_id: 'tx-1', code: 'api_calls', customer_id: 'customer-1' };

const body = (value: unknown): ParsedBody => parseExactJson(Buffer.from(JSON.stringify(value)));
const errorsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidBody) return error.errors.map((e) => `${e.pointer} ${e.code}`);
    throw error;
  }
  return [];
};
const refusalOfText = (record: string): readonly string[] =>
  errorsOf(() => readOne(parseExactJson(Buffer.from(record)), { receivedAt: NOW }));
const refusalOf = (change: object): readonly string[] =>
  refusalOfText(JSON.stringify({ ...GOOD, ...change }));
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

describe('a usage record', () => {
  it('is read field by field', () => {
    const sent = {
      ...GOOD,
      subscription_id: 'sub-1',
      entity_id: 'team-1',
      timestamp: '2026-01-31T11:00:00+01:00',
      properties: { tokens: 12, region: 'eu', nested: { list: [1, null, true] } },
    };
    expect(readOne(body(sent), { receivedAt: NOW }).record).toEqual({
      transactionId: 'tx-1',
      code: 'api_calls',
      customerId: 'customer-1',
      subscriptionId: 'sub-1',
      entityId: 'team-1',
      timestamp: Date.parse('2026-01-31T10:00:00Z'),
      properties: { tokens: 12, region: 'eu', nested: { list: [1, null, true] } },
    });
  });

  it('gets the time of its arrival when it names none', () => {
    expect(readOne(body(GOOD), { receivedAt: NOW }).record).toMatchObject({
      timestamp: NOW,
      timestampAssigned: true,
    });
  });

  it.each([
    [{}],
    [{ transaction_id: 'x'.repeat(255) }],
    [{ code: 'a.b:c-d_E9' }],
    [{ code: 'x'.repeat(100) }],
    [{ customer_id: 'Zoë 🚀 "quoted" \\ \n' }],
    [{ customer_id: undefined, subscription_id: 'sub' }],
    [{ timestamp: 0 }],
    [{ timestamp: '1970-01-01T00:00:00Z' }],
    [{ timestamp: '2036-01-01T00:00:00Z' }],
    [{ properties: {} }],
    [{ properties: nested(8) }],
    [{ properties: { text: 'x'.repeat(64 * 1024 - 11) } }],
    [{ properties: { ['k'.repeat(255)]: 1 } }],
  ])('may be %j', (change) => {
    expect(refusalOf(change)).toEqual([]);
  });

  it.each([
    [{ transaction_id: undefined }, '/transaction_id required'],
    [{ transaction_id: '' }, '/transaction_id too_short'],
    [{ transaction_id: 'x'.repeat(256) }, '/transaction_id too_long'],
    [{ transaction_id: 7 }, '/transaction_id wrong_type'],
    [{ transaction_id: null }, '/transaction_id wrong_type'],
    [{ transaction_id: 'a\u0000b' }, '/transaction_id invalid_text'],
    [{ code: undefined }, '/code required'],
    [{ code: '' }, '/code too_short'],
    [{ code: 'x'.repeat(101) }, '/code too_long'],
    [{ code: 'two words' }, '/code bad_format'],
    [{ code: ['a'] }, '/code wrong_type'],
    [{ customer_id: undefined }, '/customer_id required'],
    [{ customer_id: 1 }, '/customer_id wrong_type'],
    [{ customer_id: '\ud800' }, '/customer_id invalid_text'],
    [{ subscription_id: '' }, '/subscription_id too_short'],
    [{ entity_id: 'x'.repeat(256) }, '/entity_id too_long'],
    [{ timestamp: true }, '/timestamp wrong_type'],
    [{ timestamp: null }, '/timestamp wrong_type'],
    [{ timestamp: 'yesterday' }, '/timestamp bad_format'],
    [{ timestamp: '2026-02-30T00:00:00Z' }, '/timestamp bad_format'],
    [{ timestamp: '2026-01-31T12:00:00' }, '/timestamp bad_format'],
    [{ timestamp: -1 }, '/timestamp too_early'],
    [{ timestamp: '1969-12-31T23:59:59.999Z' }, '/timestamp too_early'],
    [{ timestamp: '3000-01-01T00:00:00Z' }, '/timestamp too_late'],
    [{ timestamp: NOW }, '/timestamp too_late'],
    [{ properties: [] }, '/properties wrong_type'],
    [{ properties: 'x' }, '/properties wrong_type'],
    [{ properties: null }, '/properties wrong_type'],
    [{ properties: nested(9) }, `/properties${'/a'.repeat(8)} too_deep`],
    [{ properties: { text: 'x'.repeat(64 * 1024 - 10) } }, '/properties too_large'],
    [{ properties: { ['k'.repeat(256)]: 1 } }, `/properties/${'k'.repeat(256)} too_long`],
    [{ properties: { a: ['x', 'y\u0000'] } }, '/properties/a/1 invalid_text'],
    [{ properties: { 'a\u0000': 1 } }, '/properties/a\u0000 invalid_text'],
    [{ properties: { 'a/b~c': '\udc00' } }, '/properties/a~1b~0c invalid_text'],
    [{ quantity: 1 }, '/quantity unknown_field'],
  ])('must not be %j', (change, problem) => {
    expect(refusalOf(change)).toEqual([problem]);
  });

  it.each([
    ['{"value":1e400}', '/properties/value not_finite'],
    ['{"value":NaN}', '/properties/value not_finite'],
    ['{"list":[1,-Infinity]}', '/properties/list/1 not_finite'],
    ['{"__proto__":{"admin":true}}', '/properties/__proto__ reserved'],
    [`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`, `/properties${'/a'.repeat(8)} too_deep`],
  ])('must not have the properties %.60s', (properties, problem) => {
    const text = JSON.stringify(GOOD).replace('}', `,"properties":${properties}}`);
    expect(refusalOfText(text)).toEqual([problem]);
  });

  it('is refused for all of its faults at once', () => {
    const sent = { code: 'a b', timestamp: -1, properties: { x: 'a\u0000' }, surplus: 1 };
    expect(errorsOf(() => readOne(body(sent), { receivedAt: NOW }))).toEqual([
      '/transaction_id required',
      '/code bad_format',
      '/customer_id required',
      '/timestamp too_early',
      '/properties/x invalid_text',
      '/surplus unknown_field',
    ]);
  });

  it.each(['[]', '"x"', '7', 'null'])('is no %s', (text) => {
    expect(refusalOfText(text)).toEqual([' wrong_type']);
  });
});

describe('a batch', () => {
  const all = { receivedAt: NOW, partial: false };
  const partial = { receivedAt: NOW, partial: true };
  const bad = { ...GOOD, timestamp: -1 };

  it.each([
    [[], ' wrong_type'],
    [{}, '/events required'],
    [{ events: {} }, '/events wrong_type'],
    [{ events: [] }, '/events too_few'],
    [{ events: new Array(10_001).fill(GOOD) }, '/events too_many'],
    [{ events: [GOOD], other: 1 }, '/other unknown_field'],
    [{ events: [GOOD, bad] }, '/events/1/timestamp too_early'],
    [{ events: [GOOD, null] }, '/events/1 wrong_type'],
  ])('%.60j is refused', (sent, problem) => {
    expect(errorsOf(() => readBatch(body(sent), all))).toEqual([problem]);
  });

  it('may have 10,000 records', () => {
    const events = new Array(10_000).fill(GOOD);
    expect(readBatch(body({ events }), all).records).toHaveLength(10_000);
  });

  it('lists a hundred bad fields and counts the rest', () => {
    const events = new Array(150).fill(bad);
    expect(() => readBatch(body({ events }), all)).toThrow(
      '150 fields are wrong; the first 100 are listed; nothing was stored',
    );
    expect(errorsOf(() => readBatch(body({ events }), all))).toHaveLength(100);
  });

  it('keeps its good records in partial mode and names each bad one', () => {
    const events = [bad, GOOD, { ...bad, code: '' }, { ...GOOD, transaction_id: 'tx-2' }];
    const read = readBatch(body({ events }), partial);
    expect(read.records.map((record) => record.transactionId)).toEqual(['tx-1', 'tx-2']);
    expect(read.bytes).toHaveLength(2);
    expect(read.errors.map((error) => error.pointer)).toEqual([
      '/events/0/timestamp',
      '/events/2/code',
      '/events/2/timestamp',
    ]);
  });

  it('names every bad record in partial mode, also beyond a hundred', () => {
    const events = new Array(150).fill({ ...bad, code: '' });
    const { errors } = readBatch(body({ events }), partial);
    const named = new Set(errors.map((error) => error.pointer.split('/')[2]));
    expect(named.size).toBe(150);
    expect(errors).toHaveLength(200);
  });
});
