import type { TObject } from '@sinclair/typebox';
import type { Decimal } from '../kernel/decimal.js';
import type { Instant } from '../kernel/instant.js';
import type { JsonObject, JsonValue } from '../kernel/json.js';
import type { FieldError } from '../kernel/rule-broken.js';
import type { UsageWeighting } from './usage-slice.js';

/** What an aggregation sees of one record. */
export interface Observation {
  /** The property that the meter names, as it was sent, or what its expression makes; `undefined` for meters without either. */
  readonly value: JsonValue | undefined;
  /** The property OPERATION_PROPERTY, as it was sent; `undefined` for aggregations that do not read it. */
  readonly operation: JsonValue | undefined;
  readonly timestamp: Instant;
  /** Place in the log: position of the segment and index in it. Later in the log = higher. Breaks ties of time. */
  readonly position: number;
  readonly index: number;
}

/** Whole numbers, one at least, that are added at once. They and their sum are safe integers. */
export interface WholeNumbers {
  readonly count: number;
  readonly sum: number;
  readonly least: number;
  readonly most: number;
}

/** Says whether a record adds its value (`add`, also when absent) or takes it out again (`remove`). */
export const OPERATION_PROPERTY = 'operation_type';

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
  /**
   * What it looks at in each record: the meter then names a property or computes an expression. Absent = at nothing, it counts records
   * whatever they hold.
   */
  readonly needs?: 'number' | 'text';
  /** What else a meter of it says, in `aggregation.settings`; absent = nothing. */
  readonly settings?: AggregationSettings;
  /** Whether a meter of it may be recurring; absent = no. */
  readonly carriesOver?: boolean;
  /** Whether records may take values out again; see OPERATION_PROPERTY. Absent = no. */
  readonly readsOperation?: boolean;
  /**
   * Why a record cannot be counted (`missing_field`, `not_a_number`, `number_too_long`, `not_a_scalar`, `unknown_operation`), or
   * null when it can. Such a record is kept, not counted. The other functions are only called with observations that are not refused.
   */
  readonly refuses: (observation: Observation) => string | null;
  readonly empty: () => State;
  /** Adds one record. May reuse and change `state`, which the caller owns. */
  readonly add: (state: State, observation: Observation) => State;
  /**
   * Adds many records at once whose values are whole numbers: the state is the one that adding each of them gives. For aggregations that
   * need no more of the records than this; those without `needs` look at the count only. Absent = records are added one by one.
   */
  readonly addWhole?: (state: State, numbers: WholeNumbers) => State;
  /** Merges two states; changes neither. */
  readonly merge: (a: State, b: State) => State;
  /** The quantity that a state stands for; `empty` gives 0. */
  readonly value: (state: State) => Decimal;
  /** For aggregations whose quantity depends on the window too, and then the quantity; `empty` gives 0. Absent = it is `value`. */
  readonly weighted?: (state: State, weighting: UsageWeighting) => Decimal;
  /** With `weighted`: the state of the same records, had they all been at `to`. What a recurring meter carries into a window. */
  readonly carry?: (state: State, to: Instant) => State;
  /**
   * For aggregations that add up, one number for each record: 1, or its value. Meters may change between such, and a window that holds both is the
   * sum of both. Absent = it does not add up so.
   */
  readonly adds?: 'one' | 'value';
  /** Whether each record can be priced as it comes; absent = no. */
  readonly payableInAdvance?: true;
  /** Whether even usage makes twice as much in twice the time, for projections; absent = no, the quantity stands where it is. */
  readonly grows?: true;
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

/** Settings that an aggregation has of its own. */
export interface AggregationSettings {
  /** TypeBox (JSON Schema) of them. */
  readonly properties: TObject;
  /** Settings that are accepted. */
  readonly example: JsonObject;
  /** Rules that a schema cannot say. Pointers are relative to the settings. */
  readonly check: (settings: JsonObject) => FieldError[];
  /** The aggregation that they make. Only called with settings that passed the schema and `check`. */
  readonly apply: (settings: JsonObject) => Aggregation;
}

/** Lets a definition say the shape of its state; callers hand states back as they got them and see JSON only. */
export const defineAggregation = <State extends AggregationState>(
  definition: Aggregation<State>,
): Aggregation => definition as unknown as Aggregation;
