import { aggregations, type AggregationState } from '@odometer/domain';
import fc from 'fast-check';
import { emptyHour, type DayByMeter, type HourState } from './hour-state.js';
import { DayUnpacker, mergeStoredHour, packedHoursOf, readDay, writeDay } from './stored-day.js';

const sum = aggregations.find(({ code }) => code === 'sum')!;

const hourOf = (records: number, digest: number, state: AggregationState): HourState => ({
  records,
  digest0: digest,
  digest1: digest + 1,
  digest2: digest + 2,
  digest3: digest + 3,
  state,
});

const dayOf = (meters: Record<string, Record<number, HourState>>): DayByMeter =>
  new Map(
    Object.entries(meters).map(([tag, hours]) => [
      tag,
      new Map(Object.entries(hours).map(([hour, state]) => [Number(hour), state])),
    ]),
  );

describe('a stored day', () => {
  it('tells once what meters of the same records counted, with a state for each', () => {
    const day = dayOf({
      'tokens@1': { 3: hourOf(2, 10, 7), 9: hourOf(1, 20, '0.1') },
      'calls@2': { 3: hourOf(2, 10, 2), 9: hourOf(1, 20, 1) },
    });
    expect(writeDay(day)).toBe(
      '[["calls@2 tokens@1",[[3,2,10,11,12,13,2,7],[9,1,20,21,22,23,1,"0.1"]]]]',
    );
  });

  it.each<[string, Record<number, HourState>]>([
    ['in fewer hours', { 3: hourOf(2, 10, 0) }],
    ['in another hour', { 3: hourOf(2, 10, 0), 8: hourOf(1, 20, 0) }],
    ['more of them', { 3: hourOf(2, 10, 0), 9: hourOf(2, 20, 0) }],
    ['others of them', { 3: hourOf(2, 10, 0), 9: { ...hourOf(1, 20, 0), digest0: 0 } }],
    ['others by the second lane', { 3: hourOf(2, 10, 0), 9: { ...hourOf(1, 20, 0), digest1: 0 } }],
    ['others by the third lane', { 3: hourOf(2, 10, 0), 9: { ...hourOf(1, 20, 0), digest2: 0 } }],
    ['others by the fourth lane', { 3: hourOf(2, 10, 0), 9: { ...hourOf(1, 20, 0), digest3: 0 } }],
  ])('keeps a meter apart that counted %s', (_, hours) => {
    const day = dayOf({ 'a@1': { 3: hourOf(2, 10, 5), 9: hourOf(1, 20, 6) }, 'b@1': hours });
    expect(JSON.parse(writeDay(day))).toHaveLength(2);
    expect(readDay(writeDay(day))).toEqual(day);
  });

  it('has nothing of a meter that counted nothing', () => {
    const packed = new DayUnpacker().read(writeDay(dayOf({ 'a@1': { 3: hourOf(1, 1, 1) } })));
    expect(packedHoursOf(packed, 'b@1')).toBeUndefined();
    expect(packedHoursOf([], 'a@1')).toBeUndefined();
  });
});

/** Days of several meters, of which some counted the same. */
const anyDay = fc
  .uniqueArray(fc.constantFrom('a@1', 'b@1', 'b@2', 'b@2/1', 'long.code:x-1@12'), { minLength: 1 })
  .chain((tags) =>
    fc.tuple(
      ...tags.map((tag) =>
        fc
          .dictionary(
            fc.integer({ min: 0, max: 23 }).map(String),
            fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: -2, max: 1 }), fc.integer()),
            { minKeys: 1, maxKeys: 3 },
          )
          .map((hours): [string, Record<string, HourState>] => [
            tag,
            Object.fromEntries(
              Object.entries(hours).map(([hour, [records, digest, state]]) => [
                hour,
                hourOf(records, digest * 1_000_000_000, state),
              ]),
            ),
          ]),
      ),
    ),
  )
  .map((meters) => dayOf(Object.fromEntries(meters)));

describe('any stored day', () => {
  it('is read as it was written, and has one text, whatever the order of meters and hours', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const text = writeDay(day);
        expect(readDay(text)).toEqual(day);
        const reversed: DayByMeter = new Map(
          [...day].reverse().map(([tag, hours]) => [tag, new Map([...hours].reverse())]),
        );
        expect(writeDay(reversed)).toBe(text);
        expect(writeDay(readDay(text))).toBe(text);
      }),
    );
  });

  it('adds up to the same, unpacked or not', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const packed = new DayUnpacker().read(writeDay(day));
        for (const [tag, hours] of day) {
          const { hours: stored, place } = packedHoursOf(packed, tag)!;
          const told = stored.map((hour): [number, HourState] => {
            const into = emptyHour(sum);
            mergeStoredHour(sum, into, hour, place);
            return [hour[0], into];
          });
          expect(new Map(told)).toEqual(hours);
        }
      }),
    );
  });
});
