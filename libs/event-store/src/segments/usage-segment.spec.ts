import fc from 'fast-check';
import type { JsonObject, UsageRecord } from '@odometer/domain';
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

/** The same bytes, but not the very buffer, which would be answered from memory. */
const copy = (bytes: Uint8Array): Uint8Array => Buffer.from(bytes);

describe('a usage segment', () => {
  it('gives back the records that it was made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 20 }), async (records) => {
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

  it('is refused when its bytes are damaged', async () => {
    const bytes = copy(await encodeSegment({ records: [] }));
    expect(() => decodeSegment(bytes.subarray(1))).toThrow();
  });
});
