import fc from 'fast-check';
import { shardOfRecord, type UsageRecord } from '@odometer/domain';
import { decodeSegment } from '@odometer/event-store';
import { MalformedBody, parseExactJson } from '../body/exact-json.js';
import { isPacked, recordsIn } from '../intake/cut.js';
import { INTAKE_LIMITS, SCANNED_BYTES_MAX, SCANNED_BYTES_MIN } from '../limits.js';
import { InvalidBody, readBatch } from '../record/read-batch.js';
import { BodyScanner } from './body-scanner.js';
import { piecesOf } from './scanned-pieces.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const scanner = new BodyScanner();

/** White space behind it brings any body to a size that is scanned. */
const bodyOf = (text: string): Buffer => Buffer.from(text.padEnd(SCANNED_BYTES_MIN + 1));
const batchOf = (...records: readonly string[]): Buffer =>
  bodyOf(`{"events":[${records.join(',')}]}`);

/** What the scanner reads; undefined when it leaves the body to others. */
function scanned(body: Buffer): UsageRecord[] | undefined {
  const middle = body.length >> 1;
  const found = scanner.scan([body.subarray(0, middle), body.subarray(middle)], NOW);
  return found && Array.from({ length: found.count }, (_, record) => found.recordAt(record));
}

/** What everybody else reads; undefined for a body that is refused. */
function read(body: Buffer): readonly UsageRecord[] | undefined {
  try {
    return readBatch(parseExactJson(body), { receivedAt: NOW, partial: false }).records;
  } catch (error) {
    if (error instanceof InvalidBody || error instanceof MalformedBody) return undefined;
    throw error;
  }
}

const FIELDS = {
  transaction_id: '"tx-1"',
  code: '"api.calls"',
  customer_id: '"customer-1"',
  timestamp: '"2026-02-28T23:59:59.123Z"',
};

/** A record as text, with fields in the place of the usual ones or beside them; null leaves one out. */
const recordWith = (fields: Readonly<Record<string, string | null>> = {}): string => {
  const entries = Object.entries({ ...FIELDS, ...fields }).filter(([, value]) => value !== null);
  return `{${entries.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
};

describe('a batch of ordinary records', () => {
  it.each([
    ['a UUID for an id', { transaction_id: '"0aef4567-e89b-12d3-a456-426614174000"' }],
    ['an id that is nearly a UUID', { transaction_id: '"0aEf4567-e89b-12d3-a456-42661417400g"' }],
    ['a subscription alone', { customer_id: null, subscription_id: '"sub-9"' }],
    ['customer, subscription and entity', { subscription_id: '"s"', entity_id: '"seat 7"' }],
    ['no time', { timestamp: null }],
    ['a time without a fraction', { timestamp: '"2024-02-29T00:00:00Z"' }],
    ['a time with more than milliseconds', { timestamp: '"2026-01-01T00:00:00.999999999Z"' }],
    ['Unix seconds', { timestamp: '1769862896' }],
    ['Unix seconds with a fraction', { timestamp: '1769862896.123' }],
    ['no properties in them', { properties: '{}' }],
    ['whole numbers', { properties: '{"a":0,"b":-12,"c":123456789012345}' }],
    ['fractions', { properties: '{"a":0.5,"b":-12.25,"c":0.000001,"d":123.456789}' }],
    ['words', { properties: '{"a":true,"b":false,"c":null}' }],
    ['texts', { properties: '{"region":"eu-west-1","city":"Zürich","":"€","x":""}' }],
    ['an id of 255 characters', { customer_id: JSON.stringify('c'.repeat(255)) }],
  ])('with %s is read, as it is through objects', (_, fields) => {
    const body = batchOf(recordWith(fields), recordWith());
    expect(read(body)).toHaveLength(2);
    expect(scanned(body)).toEqual(read(body));
  });

  it('may have white space anywhere', () => {
    const body = bodyOf(
      `\n{ "events" :\t[ { "transaction_id" : "a" , "code":"b", "customer_id":"c" ,
         "properties" : { "n" : 1 , "s" : "t" } } , ${recordWith()} ] }\r\n`,
    );
    expect(scanned(body)).toHaveLength(2);
    expect(scanned(body)).toEqual(read(body));
  });

  it('may have its properties in any order, and other ones in each record', () => {
    const lists = ['"a":1,"b":2', '"b":2,"a":1', '"a":1', '"a":1,"b":2,"c":3', '', '"a":1,"b":2'];
    const body = batchOf(...lists.map((list) => recordWith({ properties: `{${list}}` })));
    expect(scanned(body)).toHaveLength(lists.length);
    expect(scanned(body)?.map(({ properties }) => JSON.stringify(properties))).toEqual(
      lists.map((list) => `{${list}}`),
    );
  });
});

describe('what is not ordinary is left to others', () => {
  it.each([
    ['an escape', { properties: String.raw`{"a":"\u0041"}` }],
    ['an id beyond ASCII', { customer_id: '"Zürich"' }],
    ['nested properties', { properties: '{"a":{"b":1}}' }],
    ['a list', { properties: '{"a":[1]}' }],
    ['a long number', { properties: '{"a":12345678901234567890}' }],
    ['an exponent', { properties: '{"a":1e3}' }],
    ['zeros at the end', { properties: '{"a":1.50}' }],
    ['minus zero', { properties: '{"a":-0}' }],
    ['a very small number', { properties: '{"a":0.0000001}' }],
    ['a name that objects sort', { properties: '{"b":1,"1":2}' }],
    ['a property twice', { properties: '{"a":1,"a":2}' }],
    ['a price', { properties: '{"precise_total_amount_cents":"12.5"}' }],
    ['another zone', { timestamp: '"2026-01-01T00:00:00+01:00"' }],
  ])('%s', (_, fields) => {
    const body = batchOf(recordWith(), recordWith(fields));
    expect(read(body)).toHaveLength(2);
    expect(scanned(body)).toBeUndefined();
  });

  it.each([
    ['no id', recordWith({ transaction_id: null })],
    ['an empty id', recordWith({ transaction_id: '""' })],
    ['no code', recordWith({ code: null })],
    ['a code with a blank', recordWith({ code: '"api calls"' })],
    ['neither customer nor subscription', recordWith({ customer_id: null })],
    ['a field nobody knows', recordWith({ colour: '"red"' })],
    ['a wrong type', recordWith({ customer_id: '7' })],
    ['a null', recordWith({ subscription_id: 'null' })],
    ['a 30 February', recordWith({ timestamp: '"2026-02-30T00:00:00Z"' })],
    ['a time before 1970', recordWith({ timestamp: '"1969-12-31T23:59:59Z"' })],
    ['milliseconds for seconds', recordWith({ timestamp: '1769862896123' })],
    ['a name called __proto__', recordWith({ properties: '{"__proto__":1}' })],
    ['a zero in front', recordWith({ properties: '{"a":01}' })],
    ['a value that is missing', '{"transaction_id":"a","code":"b","customer_id":"c","code":}'],
    ['a comma too many', `${recordWith()},`],
    ['a number that goes on', recordWith({ properties: '{"a":1.2.3}' })],
    ['a word that goes on', recordWith({ properties: '{"a":truely}' })],
    ['a control character', recordWith({ entity_id: '"a\u0001b"' })],
    ['an id that is too long', recordWith({ entity_id: JSON.stringify('e'.repeat(256)) })],
  ])('%s, which is wrong', (_, record) => {
    const body = batchOf(recordWith(), record);
    expect(read(body)).toBeUndefined();
    expect(scanned(body)).toBeUndefined();
  });

  it.each([
    '{"events":[]}',
    '{"events":{}}',
    '[]',
    '{"event":[]}',
    '{"events":[{}]',
    '{',
    '"events"',
  ])('%s', (text) => {
    expect(scanned(bodyOf(text))).toBeUndefined();
  });

  it('a body that is no UTF-8', () => {
    const body = batchOf(recordWith({ properties: '{"a":"?"}' }));
    body[body.indexOf('?')] = 0xff;
    expect(scanned(body)).toBeUndefined();
  });

  it('a body that is very small or very large', () => {
    const text = `{"events":[${recordWith()}]}`;
    expect(scanned(Buffer.from(text))).toBeUndefined();
    expect(scanned(Buffer.from(text.padEnd(SCANNED_BYTES_MAX)))).toHaveLength(1);
    expect(scanned(Buffer.from(text.padEnd(SCANNED_BYTES_MAX + 1)))).toBeUndefined();
  });

  it('more records than a batch may have', () => {
    const records = Array.from({ length: 10_001 }, () => recordWith());
    expect(scanned(batchOf(...records.slice(1)))).toHaveLength(10_000);
    expect(scanned(batchOf(...records))).toBeUndefined();
  });

  it('texts that were made to gather in one place', () => {
    // Whatever the hash: more different texts than there is room for.
    const names = Array.from({ length: 64 }, (_, at) => `"k${at}":`);
    const records = Array.from({ length: 300 }, (_, record) =>
      recordWith({ properties: `{${names.map((name, at) => `${name}.${record}${at}`).join()}}` }),
    );
    expect(scanned(batchOf(...records))).toBeUndefined();
  });
});

const id = fc.oneof(fc.uuid(), fc.stringMatching(/^[!#-[\]-~]{1,20}$/));
const few = fc.constantFrom('a', 'b', 'c', 'customer-1', 'customer-2', 'customer-3');
const value = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  few,
  fc.uuid(),
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1e9, max: 1e9 }).map((number) => number / 1_000),
);
const time = fc.oneof(
  fc
    .date({ min: new Date(0), max: new Date(NOW), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.integer({ min: 0, max: NOW / 1_000 }),
  fc.integer({ min: 0, max: NOW }).map((ms) => ms / 1_000),
);
const record = fc.record(
  {
    transaction_id: id,
    code: fc.constantFrom('api', 'storage.bytes'),
    customer_id: few,
    subscription_id: few,
    entity_id: id,
    timestamp: time,
    properties: fc.dictionary(fc.oneof(few, fc.string()), value, { maxKeys: 5 }),
  },
  { requiredKeys: ['transaction_id', 'code', 'customer_id'] },
);
const batch = fc.array(record, { minLength: 1, maxLength: 40 });

describe('whatever a batch holds', () => {
  it('the scanner reads what everybody reads, or nothing', () => {
    let ordinary = 0;
    fc.assert(
      fc.property(batch, (events) => {
        const body = bodyOf(JSON.stringify({ events }));
        const found = scanned(body);
        if (found === undefined) return;
        ordinary += 1;
        expect(found).toEqual(read(body));
      }),
      { numRuns: 500 },
    );
    expect(ordinary).toBeGreaterThan(20);
  });

  it('a byte that was changed does not deceive it', () => {
    const change = fc.record({
      at: fc.nat(),
      byte: fc.constantFrom(...'{}[]":,.-+0e1\\ nt\0\u007f'),
    });
    const plain = fc.array(
      record.map(({ properties: _, ...rest }) => ({ ...rest, properties: { n: 12, s: 'text' } })),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(plain, fc.array(change, { minLength: 1, maxLength: 2 }), (events, changes) => {
        const text = JSON.stringify({ events });
        const body = bodyOf(text);
        for (const { at, byte } of changes) body.write(byte, at % text.length, 'latin1');
        const found = scanned(body);
        if (found !== undefined) expect(found).toEqual(read(body));
      }),
      { numRuns: 3_000 },
    );
  });

  it('its pieces hold each record once, in the shard of its subject and in order', async () => {
    const limits = { ...INTAKE_LIMITS, segmentRecords: 9, packedRecords: 4 };
    await fc.assert(
      fc.asyncProperty(batch, async (events) => {
        const body = bodyOf(JSON.stringify({ events }));
        const found = scanner.scan([body], NOW);
        if (found === undefined) return;
        const pieces = piecesOf(found, 3, limits);
        const shards: UsageRecord[][] = [[], [], []];
        for (const { shard, content } of pieces) {
          expect(recordsIn(content)).toBeLessThanOrEqual(limits.segmentRecords);
          const records = isPacked(content)
            ? decodeSegment(await content.segment).records
            : content;
          shards[shard]!.push(...records);
        }
        const expected = [0, 1, 2].map((shard) =>
          read(body)!.filter((one) => shardOfRecord(one, 3) === shard),
        );
        expect(shards).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
