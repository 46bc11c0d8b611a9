import fc from 'fast-check';
import type { JsonObject, JsonValue, UsageRecord } from '@odometer/domain';
import { decodeSegment, encodeSegment } from './usage-segment.js';

const id = fc.string({ minLength: 1, maxLength: 12, unit: 'binary' });
const record: fc.Arbitrary<UsageRecord> = fc.record({
  transactionId: id,
  code: fc.constantFrom('a', 'b.c'),
  customerId: fc.option(id, { nil: undefined }),
  subscriptionId: fc.option(id, { nil: undefined }),
  entityId: fc.option(id, { nil: undefined }),
  timestamp: fc.nat(),
  timestampAssigned: fc.constantFrom(true as const, undefined),
  properties: fc.option(
    fc.dictionary(
      fc.constantFrom('x', 'y', '0', '__proto__', 'constructor'),
      fc.jsonValue(),
    ) as fc.Arbitrary<JsonObject>,
    { nil: undefined },
  ),
});

const UUID = '0f8fad5b-d9cb-469f-a165-70867728950e';

const many = (count: number): UsageRecord[] =>
  Array.from({ length: count }, (_, n) => ({
    transactionId: UUID.replace('0f8fad5b', n.toString(16).padStart(8, '0')),
    code: 'api_call',
    customerId: `customer_${n % 10}`,
    timestamp: 978_307_200_000 + n * 61_001,
    properties: { bytes: n * 60, region: 'eu-west-1' },
  }));

/** The same bytes, but not the very buffer, which would be answered from memory. */
const copy = (bytes: Uint8Array): Uint8Array => Buffer.from(bytes);

describe('a usage segment', () => {
  it('gives back the records that it was made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 60, size: 'max' }), async (records) => {
        const { records: read } = decodeSegment(copy(await encodeSegment({ records })));
        expect(JSON.stringify(read)).toBe(JSON.stringify(records));
      }),
    );
  });

  it.each([
    [1, true],
    [1_000, false],
  ])('of %i records is stored as it is: %s', async (count, asItIs) => {
    const records = Array.from({ length: count }, (_, n) => ({
      transactionId: `tx-${n}`,
      code: 'c',
      customerId: 'a',
      timestamp: n,
    }));
    const bytes = copy(await encodeSegment({ records }));
    expect(Buffer.from(bytes).includes('tx-')).toBe(asItIs);
    expect(decodeSegment(bytes).records).toEqual(records);
  });

  it('makes no prototype out of a property', async () => {
    const properties = JSON.parse('{"__proto__": {"polluted": true}, "x": 1}') as JsonObject;
    const records = [{ transactionId: 't', code: 'c', customerId: 'a', timestamp: 1, properties }];
    const { records: read } = decodeSegment(copy(await encodeSegment({ records })));
    expect(Object.keys(read[0]!.properties!)).toEqual(['__proto__', 'x']);
    expect((read[0]!.properties as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('of many records keeps numbers and UUIDs as bytes and repeated texts once', async () => {
    const records = many(1_000);
    const bytes = copy(await encodeSegment({ records }));
    // 16 for the UUID, 4 for the time, 2 for the amount, 1 for one of ten customers; what all have in common takes no more than a few in all.
    expect(bytes.length).toBeLessThan(1_000 * (16 + 4 + 2 + 1) + 600);
    expect(decodeSegment(bytes).records).toEqual(records);
  });

  it.each([
    ['whole numbers from below to above what fits in four bytes', [-1, 2 ** 32 - 2, 2 ** 32 - 1]],
    ['whole numbers that lie too far apart', [Number.MIN_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER]],
    ['fractions among whole numbers', [1, 0.1, 1e300]],
    ['texts among numbers', [1, '1', '0.1000']],
    ['almost a UUID', [UUID, UUID.toUpperCase(), `${UUID} `]],
    [
      'other letters where a UUID has digits',
      [UUID, UUID.replace('0', 'g'), UUID.replace('0', 'ĩ')],
    ],
    ['other characters where a UUID has dashes', [UUID, UUID.replace('-', '0'), UUID]],
    ['nothing but null', [null, null, null]],
    ['objects, however equal', [{ a: 1 }, { a: 1 }, []]],
    ['truth and falsehood', [true, false, true]],
  ] satisfies [string, JsonValue[]][])('keeps %s', async (_, values) => {
    const records = many(30).map((record, n) => ({
      ...record,
      properties: { value: values[n % values.length]! },
    }));
    const { records: read } = decodeSegment(copy(await encodeSegment({ records })));
    expect(read).toEqual(records);
  });

  it('of columns is refused when bytes are missing or too many are said to be there', async () => {
    const bytes = copy(await encodeSegment({ records: many(30) }));
    for (const length of [1, 4, 20, bytes.length - 1]) {
      expect(() => decodeSegment(bytes.slice(0, length))).toThrow();
    }
    const longer = Buffer.from(bytes);
    longer.write('31', longer.indexOf('"n":30') + 4);
    expect(() => decodeSegment(longer)).toThrow('a usage segment ends too early');
  });

  it('is refused when its bytes are damaged', async () => {
    const bytes = copy(await encodeSegment({ records: [] }));
    expect(() => decodeSegment(bytes.subarray(1))).toThrow();
  });
});
