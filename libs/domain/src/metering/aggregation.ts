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

/** From a local day on, the units are so many more (or fewer). Days are numbered from 1970-01-01. */
export interface UnitChange {
  readonly units: Decimal;
  readonly day: number;
}

/** What is there when a window begins, and how it changes in the window, in the order of time. */
export interface DailyChanges {
  readonly carried: Decimal;
  readonly changes: readonly UnitChange[];
}

/** A JSON value, small, self-contained, and canonical: equal usage gives equal text. */
export type AggregationState = JsonValue;

/**
 * A way to count. States form a commutative monoid: `merge` is associative and commutative, `empty` is its unit, and the
 * state of a set of records does not depend on their order or batching. Property tests hold every definition to it.
 */
export interface Aggregation<State extends AggregationState = AggregationState> {
  readonly code: string;
  readonly title: string;
  readonly description: string;
  /** Whether the meter must name a property. */
  readonly needsField: boolean;
  /**
   * Why a record cannot be counted (`missing_field`, `not_a_number`, `number_too_long`, `not_a_scalar`), or null when it can.
   * Such a record is kept, not counted. The other functions are only called with observations that are not refused.
   */
  readonly refuses: (observation: Observation) => string | null;
  readonly empty: () => State;
  /** Adds one record. May reuse and change `state`, which the caller owns. */
  readonly add: (state: State, observation: Observation) => State;
  /** Merges two states; changes neither. */
  readonly merge: (a: State, b: State) => State;
  /** The quantity that a state stands for; `empty` gives 0. */
  readonly value: (state: State) => Decimal;
  /**
   * How the units of a recurring meter change from day to day, for prices by the day; absent where that means nothing. Both lists are in
   * the order of time, `before` is what was recorded before the window.
   */
  readonly dailyChanges?: (
    before: readonly Observation[],
    within: readonly Observation[],
    dayOf: (timestamp: Instant) => number,
  ) => DailyChanges;
}

/** Lets a definition say the shape of its state; callers hand states back as they got them and see JSON only. */
export const defineAggregation = <State extends AggregationState>(
  definition: Aggregation<State>,
): Aggregation => definition as unknown as Aggregation;
