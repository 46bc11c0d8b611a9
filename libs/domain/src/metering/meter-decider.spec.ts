import { given } from '@odometer/testing';
import { RuleBroken, type FieldError } from '../kernel/rule-broken.js';
import type { MeterEvent } from '../catalog/catalog-events.js';
import { checkMeter, type MeterDefinition } from './meter-check.js';
import { meterDecider } from './meter-decider.js';

const tokens: MeterDefinition = {
  code: 'tokens',
  name: 'Tokens',
  eventCode: 'llm_call',
  aggregation: { type: 'sum', field: 'tokens' },
  filters: { region: ['eu', 'us'] },
  groupBy: ['model'],
};
const defined: MeterEvent = { type: 'MeterDefined', data: { ...tokens, version: 1 } };
const archived: MeterEvent = { type: 'MeterArchived', data: { code: 'tokens' } };
const define = { type: 'DefineMeter', meter: tokens } as const;
const archive = { type: 'ArchiveMeter', code: 'tokens' } as const;
const revise = (change: Partial<MeterDefinition>) =>
  ({ type: 'ReviseMeter', meter: { ...tokens, ...change } }) as const;
const invalid = { ...tokens, code: 'not a code' };

describe('a meter that is not there', () => {
  it('is defined as version 1', () => given(meterDecider)().when(define).then(defined));
  it('cannot be revised', () =>
    given(meterDecider)().when(revise({})).thenBreaks('meter_not_found'));
  it('cannot be archived', () => given(meterDecider)().when(archive).thenBreaks('meter_not_found'));
  it('is not defined when a field is bad', () =>
    given(meterDecider)()
      .when({ type: 'DefineMeter', meter: invalid })
      .thenBreaks('validation_failed'));
});

describe('a meter in use', () => {
  it('cannot be defined again', () =>
    given(meterDecider)(defined).when(define).thenBreaks('meter_already_exists'));
  it('stays as it is when nothing changes', () =>
    given(meterDecider)(defined).when(revise({})).thenNothing());
  it('gets the next version when something else is counted', () =>
    given(meterDecider)(defined)
      .when(revise({ groupBy: [] }))
      .then({ type: 'MeterRevised', data: { ...tokens, groupBy: [], version: 2 } }));
  it('keeps its version when only the name changes', () =>
    given(meterDecider)(defined)
      .when(revise({ name: 'Words' }))
      .then({ type: 'MeterRevised', data: { ...tokens, name: 'Words', version: 1 } }));
  it('is not revised when a field is bad', () =>
    given(meterDecider)(defined)
      .when(revise({ eventCode: '' }))
      .thenBreaks('validation_failed'));
  it('is archived', () => given(meterDecider)(defined).when(archive).then(archived));
  it('says that it is a conflict', () => {
    expect(() =>
      meterDecider.decide(define, { status: 'defined', meter: { ...tokens, version: 1 } }),
    ).toThrow(expect.objectContaining({ kind: 'conflict' }) as RuleBroken);
  });
});

describe('an archived meter', () => {
  it('comes back with the next version', () =>
    given(meterDecider)(defined, archived)
      .when(define)
      .then({ type: 'MeterDefined', data: { ...tokens, version: 2 } }));
  it('counts versions on', () =>
    given(meterDecider)(
      defined,
      { type: 'MeterRevised', data: { ...tokens, groupBy: [], version: 2 } },
      archived,
    )
      .when(define)
      .then({ type: 'MeterDefined', data: { ...tokens, version: 3 } }));
  it('cannot be revised', () =>
    given(meterDecider)(defined, archived).when(revise({})).thenBreaks('meter_not_found'));
  it('is archived once', () => given(meterDecider)(defined, archived).when(archive).thenNothing());
});

describe('the fields of a meter', () => {
  const texts = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);
  const filters = (count: number) => Object.fromEntries(texts(count).map((key) => [key, ['v']]));
  const brief = ({ pointer, code }: FieldError) => `${pointer} ${code}`;

  it.each<[string, Partial<MeterDefinition>, string[]]>([
    ['a sound meter', {}, []],
    ['no name', { name: undefined }, []],
    ['a code of 100', { code: 'a'.repeat(100) }, []],
    ['a code of 101', { code: 'a'.repeat(101) }, ['/code invalid_code']],
    ['an empty name', { name: '' }, ['/name invalid_length']],
    ['an empty event code', { eventCode: '' }, ['/event_code invalid_length']],
    [
      'no such aggregation',
      { aggregation: { type: 'mean' } },
      ['/aggregation/type unknown_aggregation'],
    ],
    ['a needed field', { aggregation: { type: 'max' } }, ['/aggregation/field required']],
    [
      'an empty field',
      { aggregation: { type: 'max', field: '' } },
      ['/aggregation/field invalid_length'],
    ],
    [
      'a needless field',
      { aggregation: { type: 'count', field: 'a' } },
      ['/aggregation/field not_allowed'],
    ],
    [
      'settings where there are none',
      { aggregation: { type: 'count', settings: { a: 1 } } },
      ['/aggregation/settings not_allowed'],
    ],
    [
      'no settings where there are some',
      { aggregation: { type: 'custom', field: 'a' } },
      ['/aggregation/settings/formula required'],
    ],
    [
      'a formula that cannot be read',
      { aggregation: { type: 'custom', field: 'a', settings: { formula: 'sum +' } } },
      ['/aggregation/settings/formula invalid_expression'],
    ],
    [
      'a formula',
      { aggregation: { type: 'custom', field: 'a', settings: { formula: 'max - min' } } },
      [],
    ],
    ['an expression', { aggregation: { type: 'sum', expression: 'properties.a + 1' } }, []],
    [
      'an expression that cannot be read',
      { aggregation: { type: 'sum', expression: 'properties.a +' } },
      ['/aggregation/expression invalid_expression'],
    ],
    [
      'an expression beside a field',
      { aggregation: { type: 'sum', field: 'a', expression: 'properties.a' } },
      ['/aggregation/field not_allowed'],
    ],
    [
      'an expression where nothing is looked at',
      { aggregation: { type: 'count', expression: 'properties.a' } },
      ['/aggregation/expression not_allowed'],
    ],
    ['a sum that carries over', { recurring: true }, []],
    [
      'a count that carries over',
      { aggregation: { type: 'count' }, recurring: true },
      ['/recurring not_allowed'],
    ],
    [
      'no such aggregation, carried over',
      { aggregation: { type: 'mean' }, recurring: true },
      ['/aggregation/type unknown_aggregation'],
    ],
    ['a count', { aggregation: { type: 'count' } }, []],
    ['10 filter keys', { filters: filters(10) }, []],
    ['11 filter keys', { filters: filters(11) }, ['/filters too_many']],
    ['100 filter values', { filters: { a: texts(100) } }, []],
    ['101 filter values', { filters: { a: texts(101) } }, ['/filters/a too_many']],
    ['a filter without values', { filters: { 'a/b~': [] } }, ['/filters/a~1b~0 too_few']],
    ['an empty filter key', { filters: { '': ['v'] } }, ['/filters/ invalid_length']],
    ['5 group-by keys', { groupBy: texts(5) }, []],
    ['6 group-by keys', { groupBy: texts(6) }, ['/group_by too_many']],
    ['an empty group-by key', { groupBy: ['a', ''] }, ['/group_by/1 invalid_length']],
    ['a repeated group-by key', { groupBy: ['a', 'b', 'a'] }, ['/group_by/2 repeated']],
    ['a rounding', { rounding: { mode: 'ceil', precision: -15 } }, []],
    [
      'too fine a rounding',
      { rounding: { mode: 'round', precision: 16 } },
      ['/rounding/precision out_of_range'],
    ],
    [
      'a rounding between places',
      { rounding: { mode: 'floor', precision: 0.5 } },
      ['/rounding/precision out_of_range'],
    ],
    [
      'no such rounding',
      { rounding: { mode: 'up' as 'ceil', precision: 0 } },
      ['/rounding/mode unknown_rounding'],
    ],
  ])('%s', (_, change, expected) => {
    expect(checkMeter({ ...tokens, ...change }).map(brief)).toEqual(expected);
  });
});
