import { given } from '@odometer/testing';
import type { FeatureEvent } from './catalog-events.js';
import { featureDecider, type FeatureCommand } from './feature.js';
import type { Feature } from './plan.js';

const feature = given(featureDecider);
const calls: Feature = { code: 'calls', type: 'metered', meterCode: 'api_calls' };
const sso: Feature = { code: 'sso', type: 'boolean', name: 'Single sign-on' };
const define = (some: Feature): FeatureCommand => ({
  type: 'DefineFeature',
  feature: some,
  knownMeters: new Set(['api_calls', 'storage']),
});
const defined = (some: Feature): FeatureEvent => ({ type: 'FeatureDefined', data: some });
const archive: FeatureCommand = { type: 'ArchiveFeature', code: 'calls' };
const archived: FeatureEvent = { type: 'FeatureArchived', data: { code: 'calls' } };

describe('a new feature', () => {
  it.each([[calls], [sso]])('is defined: %j', (some) =>
    feature().when(define(some)).then(defined(some)),
  );

  it.each([
    [{ ...calls, code: 'no spaces' }],
    [{ ...calls, name: '' }],
    [{ ...calls, meterCode: undefined }],
    [{ ...calls, meterCode: 'unheard_of' }],
    [{ ...sso, meterCode: 'api_calls' }],
  ])('is refused: %j', (some) => feature().when(define(some)).thenBreaks('validation_failed'));

  it('cannot be archived', () => feature().when(archive).thenBreaks('feature_not_found'));
});

describe('a defined feature', () => {
  const past = feature(defined(calls));

  it('stays quiet when nothing is new', () =>
    past.when(define({ ...calls, name: undefined })).thenNothing());

  it('is renamed', () =>
    past.when(define({ ...calls, name: 'Calls' })).then(defined({ ...calls, name: 'Calls' })));

  it('keeps its type and its meter', () => {
    past.when(define({ code: 'calls', type: 'boolean' })).thenBreaks('feature_is_fixed');
    past.when(define({ ...calls, meterCode: 'storage' })).thenBreaks('feature_is_fixed');
  });

  it('is archived once', () => {
    past.when(archive).then(archived);
    feature(defined(calls), archived).when(archive).thenNothing();
  });

  it('comes back as what it was', () => {
    feature(defined(calls), archived).when(define(calls)).then(defined(calls));
    feature(defined(calls), archived)
      .when(define({ ...calls, meterCode: 'storage' }))
      .thenBreaks('feature_is_fixed');
  });
});
