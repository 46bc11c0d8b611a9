import { decimal } from '../kernel/decimal.js';
import { unitsOfEvents } from '../metering/event-totals.js';
import type { Charge } from './charge.js';
import {
  daysOf,
  modelOf,
  pricePart,
  propertiesOf,
  readsEvents,
  usageEventsOf,
  withUnused,
} from './rate-part.js';
import { contextOf, meterOf, partOf, recordsOf, stretchOf } from './rate-part.fixture.js';

const standard: Charge = { meterCode: 'm', model: 'standard', properties: { amount: '1' } };
const dynamic: Charge = { meterCode: 'm', model: 'dynamic', properties: {} };
const march = stretchOf('2024-03');
const sum = meterOf('sum');

describe('records are read one by one', () => {
  const filters = [{ values: { a: ['x'] }, properties: { rate: '1', free_units_per_events: 1 } }];

  it.each<[string, Charge, boolean]>([
    ['not for a price of their total', standard, false],
    ['for a price of their own', dynamic, true],
    ['for days', { ...standard, prorated: true }, true],
    ['in advance', { ...standard, payInAdvance: true }, true],
    [
      'where a filter has such a price',
      { meterCode: 'm', model: 'percentage', properties: { rate: '1' }, filters },
      true,
    ],
  ])('%s', (_, charge, reads) => expect(readsEvents(charge)).toBe(reads));
});

describe('the parts of a charge', () => {
  const filters = [
    { values: { a: ['x'] }, properties: { amount: '2' } },
    { values: { a: ['y'] }, properties: { amount: '3' } },
  ];
  const used = { key: { filter: 1, group: {} }, total: partOf(sum, march, []).total };

  it('include filters that nothing was used of, and the rest', () => {
    const parts = withUnused({ ...standard, filters }, [used]);
    expect(parts.map(({ key }) => key.filter)).toEqual([0, 1, null]);
    expect(parts[0]?.total).toMatchObject({ eventsCount: 0, digest: '0'.repeat(32) });
  });

  it('are only those that are used where there are groups', () => {
    expect(withUnused({ ...standard, groupBy: ['team'] }, [])).toEqual([]);
  });

  it('have the properties of their filter, else those of the charge', () => {
    const charge = { ...standard, filters };
    expect(propertiesOf(charge, { filter: 1, group: {} })).toEqual({ amount: '3' });
    expect(propertiesOf(charge, { filter: null, group: {} })).toEqual({ amount: '1' });
    expect(propertiesOf(charge, { filter: 7, group: {} })).toEqual({ amount: '1' });
  });
});

describe('a part', () => {
  it('of a price by record hands each record over, with the price that it names', () => {
    const prices = ['12.5', 7, 'x', null, '-1', undefined];
    const records = prices.map((price) => ({
      at: '2024-03-02T00:00:00Z',
      value: '1',
      properties: price === undefined ? {} : { precise_total_amount_cents: price },
    }));
    const part = partOf(sum, march, records);
    const { events } = usageEventsOf(part, contextOf(sum, march));
    expect(events.map(({ units, price }) => [units.toFixed(), price?.toFixed() ?? null])).toEqual([
      ['1', '0.125'],
      ['1', '0.07'],
      ['1', null],
      ['1', null],
      ['1', '-0.01'],
      ['1', null],
    ]);
  });

  it('is priced by its total, never below zero', () => {
    const part = partOf(sum, march, [{ at: '2024-03-02T00:00:00Z', value: '-4' }]);
    expect(pricePart(standard, part, contextOf(sum, march)).amount.eq(decimal(0))).toBe(true);
  });

  it('of a price by record is priced by its records', () => {
    const cents = (precise_total_amount_cents: string) => ({ precise_total_amount_cents });
    const part = partOf(sum, march, [
      { at: '2024-03-02T00:00:00Z', value: '1', properties: cents('12.5') },
      { at: '2024-03-03T00:00:00Z', value: '1', properties: cents('7.5') },
    ]);
    expect(pricePart(dynamic, part, contextOf(sum, march)).amount.toFixed()).toBe('0.2');
  });

  it('by days is one change when its records are not known', () => {
    const part = { key: { filter: null, group: {} }, total: partOf(sum, march, []).total };
    const prorated = { ...standard, prorated: true };
    expect(pricePart(prorated, part, contextOf(sum, march)).amount.toFixed()).toBe('0');
  });

  it('without its records counts as having none', () => {
    const part = { key: { filter: null, group: {} }, total: partOf(sum, march, []).total };
    expect(usageEventsOf(part, contextOf(sum, march)).events).toEqual([]);
  });

  it('of a model or a meter that there is not is a mistake of the program', () => {
    expect(() => modelOf({ model: 'nothing' })).toThrow('no charge model nothing');
    expect(() => unitsOfEvents(meterOf('nothing'), [], recordsOf([]))).toThrow('nothing');
  });
});

describe('the days of a stretch', () => {
  it('are all of a full period, and those touched of a partial one', () => {
    expect(daysOf(march)).toEqual({ days: 31, fullDays: 31 });
    const ended = stretchOf('2024-03', '2024-03-07T00:00:00Z');
    expect(daysOf(ended)).toEqual({ days: 7, fullDays: 31 });
    expect(daysOf({ ...ended, endsWithPeriod: false })).toEqual({ days: 6, fullDays: 31 });
  });
});
