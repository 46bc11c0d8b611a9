import type { Charge, ChargeFilter } from './charge.js';
import { ALL_VALUES, checkParts, partGroupOf, partKeyOf, partProperties } from './charge-filter.js';

const filter = (values: ChargeFilter['values'], displayName?: string): ChargeFilter => ({
  values,
  properties: {},
  displayName,
});

const chargeOf = (changes: Partial<Charge>): Charge => ({
  meterCode: 'calls',
  model: 'standard',
  properties: {},
  ...changes,
});

const partOf = (charge: Charge, values: Record<string, string | null>) =>
  partKeyOf(partGroupOf(charge)(values));

describe('a charge without filters and groups', () => {
  it('is one part', () => {
    expect(partProperties(chargeOf({}))).toEqual([]);
    expect(partOf(chargeOf({}), {})).toEqual({ filter: null, group: {} });
  });
});

describe('filters', () => {
  const charge = chargeOf({
    filters: [
      filter({ region: ['eu', 'us'] }),
      filter({ region: ['eu'] }),
      filter({ region: ['eu'], cloud: ['aws'] }),
      filter({ region: [ALL_VALUES] }),
      filter({ region: ['us', 'eu'] }),
    ],
  });

  it.each<[string, Record<string, string | null>, number | null]>([
    ['more keys win', { region: 'eu', cloud: 'aws' }, 2],
    ['then fewer values, so that a subset wins', { region: 'eu', cloud: null }, 1],
    ['then the first that is listed', { region: 'us', cloud: null }, 0],
    ['any value comes last', { region: 'asia', cloud: 'aws' }, 3],
    ['a record without the property is of none', { region: null, cloud: 'aws' }, null],
  ])('%s', (_, values, index) => expect(partOf(charge, values).filter).toBe(index));

  it('are told apart by all properties that they name, and by the group keys', () => {
    expect(partProperties({ ...charge, groupBy: ['team', 'cloud'] })).toEqual([
      'team',
      'cloud',
      'region',
    ]);
  });

  it('split the groups', () => {
    const grouped = { ...charge, groupBy: ['team'] };
    expect(partOf(grouped, { team: 'a', region: 'eu' })).toEqual({
      filter: 1,
      group: { team: 'a' },
    });
    expect(partOf(grouped, { region: 'mars' })).toEqual({ filter: 3, group: { team: null } });
  });
});

describe('filters and group keys are refused', () => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `v${n}`);

  it.each<[string, Partial<Charge>, string]>([
    ['with too many filters', { filters: many(101).map((v) => filter({ a: [v] })) }, '/c/filters'],
    ['that name nothing', { filters: [filter({})] }, '/c/filters/0/values'],
    ['without values', { filters: [filter({ 'a/b': [] })] }, '/c/filters/0/values/a~1b'],
    ['with too many values', { filters: [filter({ a: many(101) })] }, '/c/filters/0/values/a'],
    [
      'with too many keys',
      { filters: [filter(Object.fromEntries(many(11).map((key) => [key, ['x']])))] },
      '/c/filters/0/values',
    ],
    ['with an empty name', { filters: [filter({ a: ['x'] }, '')] }, '/c/filters/0/display_name'],
    ['with too many group keys', { groupBy: many(6) }, '/c/group_by'],
    ['with a group key twice', { groupBy: ['a', 'a'] }, '/c/group_by/1'],
    ['with an empty group key', { groupBy: [''] }, '/c/group_by/0'],
  ])('%s', (_, changes, pointer) => {
    expect(checkParts(chargeOf(changes), '/c').map((error) => error.pointer)).toEqual([pointer]);
  });

  it('and are not where all is well', () => {
    const filters = [filter({ a: ['x'] }, 'X')];
    expect(checkParts(chargeOf({ filters, groupBy: ['team'] }), '/c')).toEqual([]);
  });
});
