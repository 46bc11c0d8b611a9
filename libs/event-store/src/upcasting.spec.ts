import type { JsonObject } from '@odometer/domain';
import { newEvent } from './conformance/index.js';
import type { EventData, RecordedEvent } from './event-store.js';
import {
  currentVersionOf,
  readDomainEvent,
  UnknownEvent,
  type EventVersions,
  type Upcaster,
} from './upcasting.js';

const recorded = (type: string, schemaVersion: number, data: EventData): RecordedEvent => ({
  ...newEvent(data, { type, schemaVersion }),
  streamId: 'plan-default-a',
  revision: 0,
  position: 12,
  hash: '',
});

const versions: EventVersions = {
  current: new Map([
    ['Priced', 3],
    ['Forgotten', 2],
  ]),
  upcasters: new Map<string, Upcaster>([
    ['Priced@1', ({ price, ...rest }: JsonObject) => ({ ...rest, amount: price! })],
    ['Priced@2', (data: JsonObject) => ({ ...data, currency: 'USD' })],
  ]),
};

describe('reading events of older shapes', () => {
  it.each([
    [1, { code: 'a', price: '1.50' }],
    [2, { code: 'a', amount: '1.50' }],
    [3, { code: 'a', amount: '1.50', currency: 'USD' }],
  ])('brings version %d to today, step by step', (version, data) => {
    expect(readDomainEvent(recorded('Priced', version, data), versions)).toEqual({
      type: 'Priced',
      data: { code: 'a', amount: '1.50', currency: 'USD' },
    });
  });

  it('does not touch what was stored', () => {
    const event = recorded('Priced', 1, Object.freeze({ code: 'a', price: '1.50' }));
    readDomainEvent(event, versions);
    expect(event.data).toEqual({ code: 'a', price: '1.50' });
  });

  it.each([
    ['a type nobody knows', recorded('Invented', 1, {})],
    ['a type named like a part of every object', recorded('constructor', 1, {})],
    ['a version that is newer than this code', recorded('Priced', 4, {})],
    ['a version before the first', recorded('Priced', 0, {})],
    ['a version that has no way to today', recorded('Forgotten', 1, {})],
    ['bytes', recorded('Priced', 3, Buffer.from('{}'))],
  ])('stops at %s', (_, event) => {
    expect(() => readDomainEvent(event, versions)).toThrow(UnknownEvent);
    expect(() => readDomainEvent(event, versions)).toThrow(/at position 12/);
  });

  it('says what version is written today', () => {
    expect(currentVersionOf('Priced', versions)).toBe(3);
    expect(() => currentVersionOf('Invented', versions)).toThrow(UnknownEvent);
  });
});
