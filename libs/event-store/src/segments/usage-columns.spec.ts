import fc from 'fast-check';
import type { JsonObject, JsonValue, UsageRecord } from '@odometer/domain';
import type { Texts } from './usage-columns.js';
import { decodeSegment, encodeSegment } from './usage-segment.js';

const uuid = fc.uuid();
const few = fc.constantFrom('a', 'b', 'é');
const plain = fc.constantFrom('a', 'b', 'c-1');
const id = fc.oneof(few, uuid);
const numbers = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Segments of the kinds that are packed in different ways: ids that are UUIDs or texts, values that are alike or not. */
const segments = fc
  .record({
    transactionId: fc.constantFrom(uuid, few),
    customerId: fc.constantFrom(
      fc.constant('a'),
      few,
      plain,
      uuid,
      fc.option(id, { nil: undefined }),
    ),
    subscriptionId: fc.constantFrom(fc.constant(undefined), fc.option(id, { nil: undefined })),
    value: fc.constantFrom<fc.Arbitrary<JsonValue>[]>(
      fc.constant(7),
      fc.nat(255),
      fc.nat(65_535),
      numbers,
      few,
      uuid,
      fc.jsonValue() as fc.Arbitrary<JsonValue>,
    ),
    other: fc.constantFrom(fc.constant({}), fc.constantFrom<JsonObject>({}, { y: 1 }, { y: null })),
    without: fc.constantFrom(fc.constant(false), fc.boolean()),
  })
  .chain(({ value, other, without, ...fields }) =>
    fc.array(
      fc
        .record({
          ...fields,
          code: few,
          entityId: fc.option(few, { nil: undefined }),
          timestamp: fc.nat(),
          timestampAssigned: fc.constantFrom(true as const, undefined),
          properties: fc
            .tuple(value, other, without)
            .map(([x, rest, none]) => (none ? undefined : { ...rest, x })),
        })
        .map((record): UsageRecord => record),
      { minLength: 1, maxLength: 40, size: 'max' },
    ),
  );

const listOf = ({ of, index }: Texts): (string | undefined)[] =>
  Array.from(index, (each) => of[each]);

const numberOf = (value: JsonValue | undefined): number =>
  typeof value === 'number' ? value : NaN;

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the columns of a usage segment', () => {
  it('say of each record what the record says', async () => {
    await fc.assert(
      fc.asyncProperty(segments, async (records) => {
        const columns = decodeSegment(Buffer.from(await encodeSegment({ records })));
        expect(columns.count).toBe(records.length);
        expect(listOf(columns.codes)).toEqual(records.map(({ code }) => code));
        expect(listOf(columns.customers)).toEqual(records.map(({ customerId }) => customerId));
        expect(listOf(columns.subscriptions)).toEqual(
          records.map(({ subscriptionId }) => subscriptionId),
        );
        expect(listOf(columns.entities)).toEqual(records.map(({ entityId }) => entityId));
        expect([...columns.timestamps]).toEqual(records.map(({ timestamp }) => timestamp));
        records.forEach((record, index) => {
          expect(columns.transactionId(index)).toBe(record.transactionId);
          expect(columns.timestampAssigned(index)).toBe(record.timestampAssigned === true);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('hold the properties, whichever of them a record has', async () => {
    await fc.assert(
      fc.asyncProperty(segments, async (records) => {
        const columns = decodeSegment(Buffer.from(await encodeSegment({ records })));
        for (const name of ['x', 'y', 'constructor']) {
          const column = columns.property(name);
          const values = records.map(({ properties }): JsonValue | undefined =>
            properties !== undefined && Object.hasOwn(properties, name)
              ? properties[name]
              : undefined,
          );
          // As JSON, which knows no negative zero.
          expect(JSON.stringify(records.map((_, index) => column.at(index)))).toBe(
            JSON.stringify(values),
          );
          expect(JSON.stringify([...column.numbers])).toBe(JSON.stringify(values.map(numberOf)));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('give single records as they were sent, and none beyond the last', async () => {
    await fc.assert(
      fc.asyncProperty(segments, async (records) => {
        const columns = decodeSegment(Buffer.from(await encodeSegment({ records })));
        const read = records.map((_, index) => columns.record(index));
        expect(asJson(read)).toEqual(asJson(records));
        expect(asJson(columns.records)).toEqual(asJson(records));
        expect(columns.record(records.length)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});
