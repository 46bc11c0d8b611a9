import { checkCode, checkName, refuseInvalid } from '../kernel/field-check.js';
import type { Decider } from '../kernel/decider.js';
import { RuleBroken, type FieldError } from '../kernel/rule-broken.js';
import { sameValue } from '../kernel/same-value.js';
import type { FeatureEvent } from './catalog-events.js';
import type { Feature } from './plan.js';

/** Defines a feature, or renames one. `knownMeters`: codes of the tenant's meters that are not archived. */
export interface DefineFeature {
  readonly type: 'DefineFeature';
  readonly feature: Feature;
  readonly knownMeters: ReadonlySet<string>;
}

export type FeatureCommand =
  DefineFeature | { readonly type: 'ArchiveFeature'; readonly code: string };

export type FeatureState =
  | { readonly status: 'none' }
  | { readonly status: 'defined' | 'archived'; readonly feature: Feature };

export const featureDecider: Decider<FeatureState, FeatureCommand, FeatureEvent> = {
  initialState: () => ({ status: 'none' }),
  decide(command, state) {
    switch (command.type) {
      case 'DefineFeature':
        return define(command, state);
      case 'ArchiveFeature':
        return archive(command.code, state);
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'FeatureDefined':
        return { status: 'defined', feature: event.data };
      case 'FeatureArchived':
        return { feature: (state as DefinedFeature).feature, status: 'archived' };
    }
  },
};

type DefinedFeature = Exclude<FeatureState, { status: 'none' }>;

function define({ feature, knownMeters }: DefineFeature, state: FeatureState): FeatureEvent[] {
  refuseInvalid('The feature', [
    ...checkCode(feature.code, '/code'),
    ...(feature.name === undefined ? [] : checkName(feature.name, '/name')),
    ...checkMeter(feature, knownMeters),
  ]);
  if (state.status !== 'none') {
    const before = state.feature;
    // Balances of the past are counted by what the feature meters, so only its name may change.
    if (before.type !== feature.type || before.meterCode !== feature.meterCode) {
      const message = `Feature ${feature.code} keeps its type and its meter; define another one.`;
      throw new RuleBroken('feature_is_fixed', message, 'conflict');
    }
    if (state.status === 'defined' && sameValue(before, feature)) return [];
  }
  return [{ type: 'FeatureDefined', data: feature }];
}

function archive(code: string, state: FeatureState): FeatureEvent[] {
  if (state.status === 'none') {
    throw new RuleBroken('feature_not_found', `No feature ${code}.`, 'not_found');
  }
  return state.status === 'archived' ? [] : [{ type: 'FeatureArchived', data: { code } }];
}

function checkMeter({ type, meterCode }: Feature, known: ReadonlySet<string>): FieldError[] {
  const pointer = '/meter_code';
  if (type === 'boolean') {
    if (meterCode === undefined) return [];
    return [{ pointer, code: 'not_allowed', detail: 'A boolean feature has no meter.' }];
  }
  if (meterCode === undefined) {
    return [{ pointer, code: 'required', detail: 'A metered feature names its meter.' }];
  }
  if (known.has(meterCode)) return [];
  return [{ pointer, code: 'unknown_meter', detail: `No meter ${meterCode}.` }];
}
