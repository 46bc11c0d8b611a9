import type { JsonObject } from '../kernel/json.js';

/** How a meter counts from some moment on. */
export interface MeterVersion {
  /** 1, 2, … Each change of what is counted makes a new version. */
  readonly version: number;
  /** ISO 8601: the time of the first records that are counted so. Absent = it counts from the beginning. */
  readonly validFrom?: string | undefined;
  readonly aggregation: MeterAggregation;
  /** A record counts when, for every key, its property is one of the values (compared as text). */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly rounding?: MeterRounding | undefined;
  /** The state carries over from period to period, as seats and storage do: a window counts all that was before its end. */
  readonly recurring?: boolean | undefined;
}

/**
 * What is counted: every record of `eventCode` that passes `filters`, aggregated, kept apart by `groupBy`. Where it is valid from a
 * moment only, `earlier` says how records from before that moment are counted.
 */
export interface Meter extends MeterVersion {
  readonly code: string;
  readonly name?: string | undefined;
  readonly eventCode: string;
  /** Property names whose values the usage is kept apart by: all of it, whichever version counts it. */
  readonly groupBy: readonly string[];
  /** By `validFrom`, the first without one; absent = this version is the only one. */
  readonly earlier?: readonly MeterVersion[] | undefined;
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
