import type { JsonObject } from '../kernel/json.js';

/** What is counted: every record of `eventCode` that passes `filters`, aggregated, kept apart by `groupBy`. */
export interface Meter {
  readonly code: string;
  /** 1, 2, … Each change of what is counted makes a new version. */
  readonly version: number;
  readonly name?: string | undefined;
  readonly eventCode: string;
  readonly aggregation: MeterAggregation;
  /** A record counts when, for every key, its property is one of the values (compared as text). */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  /** Property names whose values the usage is kept apart by. */
  readonly groupBy: readonly string[];
  readonly rounding?: MeterRounding | undefined;
  /** The state carries over from period to period, as seats and storage do: a window counts all that was before its end. */
  readonly recurring?: boolean | undefined;
}

export interface MeterAggregation {
  /** A code from the aggregation registry. */
  readonly type: string;
  /** The property that is aggregated; absent for `count`. */
  readonly field?: string | undefined;
  /** Computed from the record instead of a property; see the expression language. */
  readonly expression?: string | undefined;
  /** What the aggregation asks for besides, by its own schema; absent for most. */
  readonly settings?: JsonObject | undefined;
}

export interface MeterRounding {
  readonly mode: 'round' | 'ceil' | 'floor';
  /** Decimal places; negative ones round to tens, hundreds, … */
  readonly precision: number;
}
