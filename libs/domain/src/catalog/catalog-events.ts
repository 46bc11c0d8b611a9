import type { Meter } from '../metering/meter.js';
import type { Feature, Plan } from './plan.js';

/** Stream `meter-<tenant>-<code>`. A revision carries the whole new version. */
export type MeterEvent =
  | { readonly type: 'MeterDefined'; readonly data: Meter }
  | { readonly type: 'MeterRevised'; readonly data: Meter }
  | { readonly type: 'MeterArchived'; readonly data: { readonly code: string } };

/** Stream `feature-<tenant>-<code>`. */
export type FeatureEvent =
  | { readonly type: 'FeatureDefined'; readonly data: Feature }
  | { readonly type: 'FeatureArchived'; readonly data: { readonly code: string } };

/** Stream `plan-<tenant>-<code>`. Each published version is complete. */
export type PlanEvent =
  | { readonly type: 'PlanPublished'; readonly data: Plan }
  | { readonly type: 'PlanArchived'; readonly data: { readonly code: string } };
