import fc from 'fast-check';
import type { JsonObject, JsonValue, UsageRecord } from '@odometer/domain';
import { JoinedRows } from './row-columns.js';
import type { Texts } from './usage-columns.js';
import { encodeSegment, isByRows } from './usage-segment.js';

const id = fc.constantFrom('a', 'b', 'é', '');
const maybe = fc.constantFrom(undefined, undefined, 'a', 'é');
const value = fc.constantFrom<JsonValue[]>(1, -0.5, '1', null, true, [1]);

const record: fc.Arbitrary<UsageRecord> = fc.record({
  transactionId: fc.string({ maxLength: 5, unit: 'binary' }),
  code: fc.constantFrom('a', 'b', 'c'),
  customerId: fc.oneof(maybe, id),
  subscriptionId: maybe,
  entityId: maybe,
  timestamp: fc.nat(),
  timestampAssigned: fc.constantFrom(true as const, undefined),
  properties: fc.option(
    fc.dictionary(fc.constantFrom('x', 'y', '__proto__'), value, {
      noNullPrototype: true,
    }) as fc.Arbitrary<JsonObject>,
    { nil: undefined },
  ),
});

const segments = fc.array(fc.array(record, { maxLength: 8 }), { maxLength: 6 });

const listOf = ({ of, index }: Texts): (string | undefined)[] =>
  Array.from(index, (each) => of[each]);

async function joined(list: readonly (readonly UsageRecord[])[]): Promise<JoinedRows> {
  const rows = new JoinedRows();
  for (const records of list) rows.add(await encodeSegment({ records }));
  return rows;
}

describe('segments of rows that are read together', () => {
  it('say of each record what the record says', async () => {
    await fc.assert(
      fc.asyncProperty(segments, async (list) => {
        const rows = await joined(list);
        const records = list.flat();
        expect(rows.count).toBe(records.length);
        const columns = rows.columns();
        expect(columns.count).toBe(records.length);
        expect(listOf(columns.codes)).toEqual(records.map(({ code }) => code));
        expect(listOf(columns.customers)).toEqual(records.map(({ customerId }) => customerId));
        expect(listOf(columns.subscriptions)).toEqual(
          records.map(({ subscriptionId }) => subscriptionId),
        );
        expect(listOf(columns.entities)).toEqual(records.map(({ entityId }) => entityId));
        expect([...columns.timestamps]).toEqual(records.map(({ timestamp }) => timestamp));
        records.forEach((each, index) => {
          expect(columns.transactionId(index)).toBe(each.transactionId);
          expect(columns.timestampAssigned(index)).toBe(each.timestampAssigned === true);
          expect(JSON.stringify(columns.record(index))).toBe(JSON.stringify(each));
        });
        expect(columns.record(records.length)).toBeUndefined();
        expect(JSON.stringify(columns.records)).toBe(JSON.stringify(records));
      }),
    );
  });

  it('hold the properties, whichever of them a record has', async () => {
    await fc.assert(
      fc.asyncProperty(segments, async (list) => {
        const columns = (await joined(list)).columns();
        for (const name of ['x', 'y', '__proto__', 'constructor']) {
          const values = list
            .flat()
            .map(({ properties }): JsonValue | undefined =>
              properties !== undefined && Object.hasOwn(properties, name)
                ? properties[name]
                : undefined,
            );
          const column = columns.property(name);
          expect(values.map((_, index) => column.at(index))).toEqual(values);
          expect([...column.numbers]).toEqual(
            values.map((each) => (typeof each === 'number' ? each : NaN)),
          );
        }
      }),
    );
  });

  it('have each event code once', async () => {
    const of = (code: string): UsageRecord => ({ transactionId: 't', code, timestamp: 1 });
    const rows = await joined([[of('b'), of('a')], [of('a')], [of('c'), of('b')]]);
    expect(rows.columns().codes.of).toEqual(['b', 'a', 'c']);
  });

  it('are those of few records', async () => {
    const of = (count: number): UsageRecord[] =>
      Array.from({ length: count }, (_, n) => ({ transactionId: `${n}`, code: 'c', timestamp: 1 }));
    expect(isByRows(await encodeSegment({ records: of(15) }))).toBe(true);
    expect(isByRows(await encodeSegment({ records: of(16) }))).toBe(false);
  });
});
