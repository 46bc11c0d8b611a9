import { given } from '@odometer/testing';
import { RuleBroken } from '../kernel/rule-broken.js';
import { customerDecider, type CustomerChanges, type CustomerCommand } from './customer.js';
import {
  GRACE_PERIOD_DAYS_MAX,
  METADATA_KEY_LENGTH_MAX,
  METADATA_KEYS_MAX,
  METADATA_VALUE_LENGTH_MAX,
} from './customer-details.js';
import type { CustomerEvent } from './customer-events.js';

type Contents = Partial<Extract<CustomerEvent, { type: 'CustomerRegistered' }>['data']>;

const customer = given(customerDecider);
const command =
  (type: 'RegisterCustomer' | 'PatchCustomer') =>
  (changes: CustomerChanges = {}): CustomerCommand => ({ type, externalId: 'ada', changes });
const register = command('RegisterCustomer');
const patch = command('PatchCustomer');
const archive: CustomerCommand = { type: 'ArchiveCustomer', externalId: 'ada' };
const erase: CustomerCommand = { type: 'EraseCustomer', externalId: 'ada' };

const event =
  (type: 'CustomerRegistered' | 'CustomerDetailsChanged') =>
  (some: Contents = {}): CustomerEvent => ({
    type,
    data: {
      externalId: 'ada',
      timezone: 'UTC',
      metadata: {},
      gracePeriodDays: 0,
      personal: null,
      ...some,
    },
  });
const registered = event('CustomerRegistered');
const changed = event('CustomerDetailsChanged');
const archived: CustomerEvent = { type: 'CustomerArchived', data: { externalId: 'ada' } };
const erased: CustomerEvent = { type: 'CustomerErased', data: { externalId: 'ada' } };

describe('an unknown customer', () => {
  it('is registered with defaults', () => customer().when(register()).then(registered()));

  it('is registered with what is said', () => {
    const all = {
      currency: 'EUR',
      timezone: 'Europe/Paris',
      metadata: { tier: 'gold' },
      gracePeriodDays: 3,
      testClock: 'c1',
      personal: 'secret',
    };
    customer().when(register(all)).then(registered(all));
  });

  it('has nothing to change, archive or erase', () => {
    customer().when(patch()).thenBreaks('customer_not_found');
    customer().when(archive).thenBreaks('customer_not_found');
    customer().when(erase).thenBreaks('customer_not_found');
  });

  it.each(['', 'x'.repeat(256), 'a\nb', '\ud800'])('is not called %j', (externalId) =>
    customer()
      .when({ type: 'RegisterCustomer', externalId, changes: {} })
      .thenBreaks('validation_failed'),
  );

  it('may be called with 255 characters', () => {
    const externalId = 'ü'.repeat(255);
    customer()
      .when({ type: 'RegisterCustomer', externalId, changes: {} })
      .then(registered({ externalId }));
  });
});

describe.each([
  ['registered again', register],
  ['patched', patch],
])('a customer that is %s', (_, change) => {
  const gold = { currency: 'EUR', metadata: { tier: 'gold', seats: { max: 5 } }, personal: 'old' };

  it('stays quiet when nothing is new', () => {
    customer(registered(gold)).when(change()).thenNothing();
    const same = { ...gold, metadata: { seats: { max: 5 }, tier: 'gold' }, timezone: 'UTC' };
    customer(registered(gold)).when(change(same)).thenNothing();
    customer(registered(), changed(gold)).when(change(gold)).thenNothing();
  });

  it('keeps what is not mentioned', () =>
    customer(registered(gold))
      .when(change({ timezone: 'Asia/Kathmandu', currency: undefined }))
      .then(changed({ ...gold, timezone: 'Asia/Kathmandu' })));

  it('gets its metadata replaced as a whole', () =>
    customer(registered(gold))
      .when(change({ metadata: { tier: 'blue' } }))
      .then(changed({ ...gold, metadata: { tier: 'blue' } })));

  it('loses its currency and its personal data when told to', () =>
    customer(registered(gold))
      .when(change({ currency: null, personal: null }))
      .then(changed({ metadata: gold.metadata })));

  it('gets other personal data', () =>
    customer(registered(gold))
      .when(change({ personal: 'new' }))
      .then(changed({ ...gold, personal: 'new' })));

  it('keeps its test clock', () => {
    const clocked = customer(registered({ testClock: 'c1' }));
    clocked.when(change({ testClock: 'c1' })).thenNothing();
    clocked.when(change({ testClock: 'c2' })).thenBreaks('test_clock_is_fixed');
    customer(registered())
      .when(change({ testClock: 'c1' }))
      .thenBreaks('test_clock_is_fixed');
  });
});

describe('an archived customer', () => {
  const past = customer(registered({ currency: 'EUR' }), archived);

  it('stays quiet when archived again', () => past.when(archive).thenNothing());
  it('is not patched', () => past.when(patch()).thenBreaks('customer_archived'));
  it('comes back by registering', () =>
    past.when(register()).then(registered({ currency: 'EUR' })));
  it('may be erased', () => past.when(erase).then(erased));
  it('was there before', () => customer(registered()).when(archive).then(archived));
});

describe('an erased customer', () => {
  const past = customer(registered({ currency: 'EUR', personal: 'secret' }), erased);

  it('stays quiet when erased again', () => past.when(erase).thenNothing());

  it('keeps its details, which may change', () => {
    past.when(register({ currency: 'EUR' })).thenNothing();
    past
      .when(patch({ timezone: 'Asia/Tokyo' }))
      .then(changed({ currency: 'EUR', timezone: 'Asia/Tokyo' }));
  });

  it('is not given a person by a patch', () =>
    past.when(patch({ personal: 'again' })).thenBreaks('customer_erased'));

  it('is given a person by registering anew', () => {
    const again = registered({ currency: 'EUR', personal: 'again' });
    past.when(register({ personal: 'again' })).then(again);
    customer(registered(), erased, again)
      .when(patch({ personal: 'third' }))
      .then(changed({ currency: 'EUR', personal: 'third' }));
  });
});

describe('bad details', () => {
  const errorsOf = (changes: CustomerChanges): [string, string][] => {
    try {
      customerDecider.decide(register(changes), customerDecider.initialState());
    } catch (error) {
      if (error instanceof RuleBroken) return error.errors.map((each) => [each.pointer, each.code]);
      throw error;
    }
    return [];
  };

  it('are named all at once', () => {
    const bad = {
      currency: 'eur',
      timezone: 'Mars/Base',
      metadata: { '': 'x' },
      gracePeriodDays: -1,
      testClock: 'no clock',
    };
    expect(errorsOf(bad)).toEqual([
      ['/currency', 'unknown_currency'],
      ['/timezone', 'unknown_timezone'],
      ['/metadata/', 'invalid_length'],
      ['/grace_period_days', 'out_of_range'],
      ['/test_clock', 'invalid_code'],
    ]);
  });

  it('have a limit on metadata keys', () => {
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
    expect(errorsOf({ metadata: keys(METADATA_KEYS_MAX) })).toEqual([]);
    expect(errorsOf({ metadata: keys(METADATA_KEYS_MAX + 1) })).toEqual([
      ['/metadata', 'too_many_keys'],
    ]);
  });

  it('have a limit on the length of a metadata key, and escape it in the pointer', () => {
    const key = `a/b~${'c'.repeat(METADATA_KEY_LENGTH_MAX - 4)}`;
    expect(errorsOf({ metadata: { [key]: 1 } })).toEqual([]);
    const pointer = `/metadata/a~1b~0${'c'.repeat(METADATA_KEY_LENGTH_MAX - 3)}`;
    expect(errorsOf({ metadata: { [`${key}c`]: 1 } })).toEqual([[pointer, 'invalid_length']]);
  });

  it('have a limit on the length of a metadata value', () => {
    const text = 'x'.repeat(METADATA_VALUE_LENGTH_MAX);
    expect(errorsOf({ metadata: { a: text, b: [text.slice(4)] } })).toEqual([]);
    expect(errorsOf({ metadata: { a: `${text}x`, b: [text.slice(3)] } })).toEqual([
      ['/metadata/a', 'invalid_length'],
      ['/metadata/b', 'invalid_length'],
    ]);
  });

  it('have a limit on the grace period', () => {
    expect(errorsOf({ gracePeriodDays: GRACE_PERIOD_DAYS_MAX })).toEqual([]);
    expect(errorsOf({ gracePeriodDays: GRACE_PERIOD_DAYS_MAX + 1 })).toHaveLength(1);
    expect(errorsOf({ gracePeriodDays: 1.5 })).toHaveLength(1);
  });
});
