import type { Decimal } from '../kernel/decimal.js';
import type { Instant } from '../kernel/instant.js';
import type { JsonValue } from '../kernel/json.js';

/** What an aggregation sees of one record. */
export interface Observation {
  /** The property that the meter names, as it was sent; `undefined` for meters without a field. */
  readonly value: JsonValue | undefined;
  readonly timestamp: Instant;
  /** Place in the log: position of the segment and index in it. Later in the log = higher. Breaks ties of time. */
  readonly position: number;
  readonly index: number;
}

/** A JSON value, small, self-contained, and canonical: equal usage gives equal text. */
export type AggregationState = JsonValue;

/**
 * A way to count. States form a commutative monoid: `merge` is associative and commutative, `empty` is its unit, and the
 * state of a set of records does not depend on their order or batching. Property tests hold every definition to it.
 */
export interface Aggregation {
  readonly code: string;
  readonly title: string;
  readonly description: string;
  /** Whether the meter must name a property. */
  readonly needsField: boolean;
  /** Why a record cannot be counted (`missing_field`, `not_a_number`), or null when it can. Such a record is kept, not counted. */
  readonly refuses: (observation: Observation) => string | null;
  readonly empty: () => AggregationState;
  /** Adds one record. May reuse and change `state`, which the caller owns. */
  readonly add: (state: AggregationState, observation: Observation) => AggregationState;
  /** Merges two states; changes neither. */
  readonly merge: (a: AggregationState, b: AggregationState) => AggregationState;
  /** The quantity that a state stands for; `empty` gives 0. */
  readonly value: (state: AggregationState) => Decimal;
}
