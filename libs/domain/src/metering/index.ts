export type { Aggregation, AggregationState, Observation, WholeNumbers } from './aggregation.js';
export { aggregations } from './aggregations/registry.js';
export { aggregationExample, aggregationSchema } from './aggregations/settings.js';
export {
  compileRecordExpression,
  recordExpressionProblem,
} from './expression/record-expression.js';
export {
  compileMeter,
  countsIn,
  dimensionsOf,
  observationAt,
  type CompiledMeter,
  type CountedRecord,
  type PropertyFilter,
} from './matching.js';
export { countedEras, eraOf, meterAggregation, type CountedEra } from './counted-versions.js';
export { meterAt, validFromOf, validVersions, windowEndOf } from './meter-versions.js';
export { EXPRESSION_LENGTH_MAX } from './expression/limits.js';
export { addToWindow, reachOf, unitsOf, weightingOf } from './counted-window.js';
export { attributedSlices, customerSlices, type AttributedSubscription } from './attribution.js';
export type { MeterDefinition } from './meter-check.js';
export {
  meterDecider,
  type ArchiveMeter,
  type DefineMeter,
  type MeterCommand,
  type MeterState,
  type ReviseMeter,
} from './meter-decider.js';
export { roundQuantity } from './rounding.js';
export { textOf } from './property-text.js';
export type { Meter, MeterAggregation, MeterRounding, MeterVersion } from './meter.js';
export { shardOf, shardOfRecord } from './shard.js';
export { subjectOf, type UsageRecord } from './usage-record.js';
export { totalsOfEvents } from './event-totals.js';
export {
  METERED_EVENTS_MAX,
  type MeteredEvent,
  type MeteredEvents,
  type MeteredEventsRequest,
  type ReadMeteredEvents,
} from './metered-event.js';
export type {
  ReadUsage,
  UsageAnswer,
  UsageRequest,
  UsageSlice,
  UsageTotal,
  UsageWeighting,
} from './usage-slice.js';
export {
  USAGE_WINDOWS,
  USAGE_WINDOWS_MAX,
  eachUsageWindow,
  usageWindows,
  type UsageWindow,
} from './usage-windows.js';
