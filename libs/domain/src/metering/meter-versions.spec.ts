import { given } from '@odometer/testing';
import type { MeterEvent } from '../catalog/catalog-events.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import type { MeterDefinition } from './meter-check.js';
import { meterDecider } from './meter-decider.js';
import {
  METER_VERSIONS_VALID_MAX,
  meterAt,
  validFromOf,
  validVersions,
  windowEndOf,
} from './meter-versions.js';
import type { Meter, MeterVersion } from './meter.js';

const MARCH = '2026-03-01T00:00:00.000Z';
const MAY = '2026-05-01T00:00:00.000Z';
const at = (iso: string): number => Date.parse(iso);

const counting = { aggregation: { type: 'sum', field: 'tokens' }, filters: {} };
const definition: MeterDefinition = {
  code: 'tokens',
  eventCode: 'call',
  groupBy: ['model'],
  ...counting,
};
const eu = { filters: { region: ['eu'] } };
const most = { aggregation: { type: 'max', field: 'tokens' } };

const first: MeterVersion = { version: 1, ...counting };
const defined: MeterEvent = { type: 'MeterDefined', data: { ...definition, version: 1 } };
const second: Meter = {
  ...definition,
  ...eu,
  version: 2,
  validFrom: MARCH,
  earlier: [first],
};
const secondVersion: MeterVersion = { ...counting, ...eu, version: 2, validFrom: MARCH };
const revised = (data: Meter): MeterEvent => ({ type: 'MeterRevised', data });
const revise = (change: Partial<MeterDefinition>, validFrom?: string) => ({
  type: 'ReviseMeter' as const,
  meter: { ...definition, ...change },
  validFrom: validFrom === undefined ? undefined : at(validFrom),
});

describe('a meter that is revised from a moment on', () => {
  it('counts records from before the moment as it did', () =>
    given(meterDecider)(defined).when(revise(eu, MARCH)).then(revised(second)));

  it('has one more version for each later moment', () =>
    given(meterDecider)(defined, revised(second))
      .when(revise(most, MAY))
      .then(
        revised({
          ...definition,
          ...most,
          version: 3,
          validFrom: MAY,
          earlier: [first, secondVersion],
        }),
      ));

  it.each([MARCH, '2026-02-01T00:00:00.000Z'])(
    'loses what was valid from %s on, and nothing of what is before',
    (validFrom) =>
      given(meterDecider)(defined, revised(second))
        .when(revise(most, validFrom))
        .then(revised({ ...definition, ...most, version: 3, validFrom, earlier: [first] })),
  );

  it('loses all versions when it is revised for all time', () =>
    given(meterDecider)(defined, revised(second))
      .when(revise(most))
      .then(revised({ ...definition, ...most, version: 3 })));

  it('may be made to count so from the beginning', () =>
    given(meterDecider)(defined, revised(second))
      .when(revise(eu, '1970-01-01T00:00:00.000Z'))
      .then(revised({ ...definition, ...eu, version: 3 })));

  it.each([undefined, MARCH, MAY])('stays as it is when it counts alike from %s on', (validFrom) =>
    given(meterDecider)(defined, revised(second)).when(revise(eu, validFrom)).thenNothing(),
  );

  it('counts more of the past so when the moment is earlier', () => {
    const validFrom = '2026-02-01T00:00:00.000Z';
    return given(meterDecider)(defined, revised(second))
      .when(revise(eu, validFrom))
      .then(revised({ ...second, version: 3, validFrom }));
  });

  it('keeps its versions when only its name or what it is grouped by changes', () => {
    given(meterDecider)(defined, revised(second))
      .when(revise({ ...eu, name: 'Words' }))
      .then(revised({ ...second, name: 'Words' }));
    given(meterDecider)(defined, revised(second))
      .when(revise({ ...eu, groupBy: [] }, MAY))
      .then(revised({ ...second, groupBy: [], version: 3 }));
  });

  it('looks at one event code', () => {
    const refused = given(meterDecider)(defined).when(revise({ eventCode: 'other' }, MARCH));
    refused.thenBreaks('validation_failed');
    given(meterDecider)(defined)
      .when(revise({ eventCode: 'other' }))
      .then(revised({ ...definition, eventCode: 'other', version: 2 }));
  });

  it('keeps its rounding and whether it carries over', () => {
    const full = { recurring: true, rounding: { mode: 'ceil', precision: 0 } } as const;
    const whole: MeterEvent = {
      type: 'MeterDefined',
      data: { ...definition, ...full, version: 1 },
    };
    given(meterDecider)(whole)
      .when(revise(eu, MARCH))
      .then(revised({ ...second, earlier: [{ ...first, ...full }] }));
  });

  it(`has at most ${METER_VERSIONS_VALID_MAX} versions`, () => {
    const earlier = Array.from({ length: METER_VERSIONS_VALID_MAX - 1 }, (_, i) => ({
      ...first,
      version: i + 1,
      ...(i === 0 ? {} : { validFrom: new Date(i).toISOString() }),
    }));
    const full = revised({ ...second, version: METER_VERSIONS_VALID_MAX, earlier });
    given(meterDecider)(defined, full).when(revise(most, MAY)).thenBreaks('validation_failed');
    const last = earlier.slice(0, -1);
    given(meterDecider)(defined, full)
      .when(revise(most, new Date(METER_VERSIONS_VALID_MAX - 2).toISOString()))
      .then(
        revised({
          ...definition,
          ...most,
          version: METER_VERSIONS_VALID_MAX + 1,
          validFrom: new Date(METER_VERSIONS_VALID_MAX - 2).toISOString(),
          earlier: last,
        }),
      );
  });

  it('says what is wrong', () => {
    const state = { status: 'defined', meter: { ...definition, version: 1 } } as const;
    expect(() => meterDecider.decide(revise({ eventCode: 'other' }, MARCH), state)).toThrow(
      expect.objectContaining({
        errors: [
          {
            pointer: '/event_code',
            code: 'not_allowed',
            detail:
              'Must stay "call" in a version that is valid from a moment on; leave "valid_from" out, or define another meter.',
          },
        ],
      }) as RuleBroken,
    );
  });
});

describe('the version of a window', () => {
  const third: Meter = {
    ...definition,
    ...most,
    name: 'Most',
    groupBy: ['user'],
    version: 3,
    validFrom: MAY,
    earlier: [first, secondVersion],
  };

  it.each([
    ['2026-02-01T00:00:00.000Z', 1],
    [MARCH, 1],
    ['2026-03-01T00:00:00.001Z', 2],
    [MAY, 2],
    ['2026-05-01T00:00:00.001Z', 3],
  ])('that ends at %s is %s', (end, version) => {
    expect(meterAt(third, at(end)).version).toBe(version);
  });

  it('is the meter as it was, but for its name and what it is grouped by', () => {
    expect(meterAt(third, at(MAY))).toEqual({ ...second, name: 'Most', groupBy: ['user'] });
    expect(meterAt(second, at(MARCH))).toEqual({ ...definition, version: 1 });
    expect(meterAt(third, Infinity)).toBe(third);
  });

  it('is the only one of a meter that was never revised so', () => {
    const plain = { ...definition, version: 1 };
    expect(meterAt(plain, -Infinity)).toBe(plain);
    expect(meterAt(third, -Infinity).version).toBe(1);
    expect(validVersions(plain)).toEqual([first]);
  });

  it('goes by the last end of its slices, else by its weighting', () => {
    const weighting = { period: { from: 0, to: 7 }, full: { from: 0, to: 9 } };
    const slices = [
      { from: 0, to: 5 },
      { from: 0, to: 4 },
    ];
    expect(windowEndOf({ slices, weighting })).toBe(5);
    expect(windowEndOf({ slices: [], weighting })).toBe(7);
    expect(windowEndOf({ slices: [] })).toBe(Infinity);
  });

  it('begins where it says', () => {
    expect(validFromOf(second)).toBe(at(MARCH));
    expect(validFromOf(first)).toBe(-Infinity);
  });
});
