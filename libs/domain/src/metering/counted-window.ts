import type { Decimal } from '../kernel/decimal.js';
import type { Instant } from '../kernel/instant.js';
import type { Aggregation, AggregationState, Observation } from './aggregation.js';
import type { Meter } from './meter.js';
import { roundQuantity } from './rounding.js';
import type { UsageRequest, UsageSlice, UsageWeighting } from './usage-slice.js';

/** The records that a slice counts: for a recurring meter everything before its end. An empty slice counts nothing. */
export const reachOf = ({ recurring }: Pick<Meter, 'recurring'>, slice: UsageSlice): UsageSlice =>
  recurring === true && slice.from < slice.to ? { ...slice, from: 0 } : slice;

/** What a request weighs values by; see `UsageRequest.weighting`. */
export function weightingOf({
  slices,
  weighting,
}: Pick<UsageRequest, 'slices' | 'weighting'>): UsageWeighting {
  if (weighting !== undefined) return weighting;
  const period = {
    from: Math.min(...slices.map(({ from }) => from)),
    to: Math.max(...slices.map(({ to }) => to)),
  };
  return { period, full: period };
}

/** What a state is worth in a window, after the meter's rounding. */
export function unitsOf(
  meter: Pick<Meter, 'rounding'>,
  aggregation: Aggregation,
  state: AggregationState,
  weighting: UsageWeighting,
): Decimal {
  const value = aggregation.weighted?.(state, weighting) ?? aggregation.value(state);
  return roundQuantity(value, meter.rounding);
}

/**
 * Adds one record to the state of a window that starts at `windowFrom`. One from before it, which only a recurring meter counts, is
 * carried into the window where that makes a difference.
 */
export function addToWindow(
  aggregation: Aggregation,
  state: AggregationState,
  observation: Observation,
  windowFrom: Instant,
): AggregationState {
  const { carry } = aggregation;
  if (carry === undefined || observation.timestamp >= windowFrom) {
    return aggregation.add(state, observation);
  }
  const before = aggregation.add(aggregation.empty(), observation);
  return aggregation.merge(state, carry(before, windowFrom));
}
