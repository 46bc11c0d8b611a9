import type { Instant } from '../kernel/instant.js';
import type { JsonObject } from '../kernel/json.js';
import type { Observation } from './aggregation.js';
import type { Lanes } from './digest.js';
import type { UsageAnswer, UsageRequest } from './usage-slice.js';

/** One record that a meter counts, for prices that look at single records. */
export interface MeteredEvent extends Observation {
  readonly transactionId: string;
  /** Start of the slice that the record was read for; before it lies what a recurring meter carries over. */
  readonly windowFrom: Instant;
  /** The properties that were asked for, as far as the record has them. */
  readonly properties: JsonObject;
  /** The usage shard that it was folded by; see UsageAnswer.cut. */
  readonly shard: number;
  /** First 16 bytes of the hash of the record's identity, for the order-free digest: four signed 32-bit lanes. */
  readonly lanes: Lanes;
}

export interface MeteredEvents extends Pick<UsageAnswer, 'position' | 'cut'> {
  /** By time, then by place in the log. */
  readonly events: readonly MeteredEvent[];
}

export interface MeteredEventsRequest extends Omit<UsageRequest, 'groupBy' | 'weighting'> {
  /** Names of the properties that are handed out; absent = none. */
  readonly properties?: readonly string[] | undefined;
}

/**
 * Reads the records themselves that a usage request counts, where their total does not say enough. Each slice names a customer or a
 * subscription. Throws RuleBroken `too_many_events` above METERED_EVENTS_MAX.
 */
export type ReadMeteredEvents = (request: MeteredEventsRequest) => Promise<MeteredEvents>;

/** Records that one charge may be priced by singly; a charge with more is refused, never priced by a part of them. */
export const METERED_EVENTS_MAX = 1_000_000;
