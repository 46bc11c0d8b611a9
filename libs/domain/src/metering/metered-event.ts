import type { Instant } from '../kernel/instant.js';
import type { JsonObject, JsonValue } from '../kernel/json.js';
import type { UsageAnswer, UsageRequest } from './usage-slice.js';

/** One record that a meter counts, for prices that look at single records. */
export interface MeteredEvent {
  readonly transactionId: string;
  readonly timestamp: Instant;
  /** Place in the log, which breaks ties of time. */
  readonly position: number;
  readonly index: number;
  /** What the meter aggregates of the record, as it was sent; `undefined` for meters that count records. */
  readonly value: JsonValue | undefined;
  readonly properties: JsonObject;
}

export interface MeteredEvents extends Pick<UsageAnswer, 'position' | 'cut'> {
  /** By time, then by place in the log. */
  readonly events: readonly MeteredEvent[];
}

/** Reads the records themselves that a usage request counts, where their total does not say enough. `groupBy` is not looked at. */
export type ReadMeteredEvents = (request: UsageRequest) => Promise<MeteredEvents>;

/** Records that one charge may be priced by singly; a charge with more is refused, never priced by a part of them. */
export const METERED_EVENTS_MAX = 1_000_000;
