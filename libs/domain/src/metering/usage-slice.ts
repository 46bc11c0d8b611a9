import type { Decimal } from '../kernel/decimal.js';
import type { Instant, Period } from '../kernel/instant.js';
import type { Meter } from './meter.js';

/**
 * A set of usage records: those of `[from, to)` whose ids match. For each id: a string = exactly this one, null = the record
 * names none, absent = any. The usage of a subscription is a list of such slices that do not overlap (see attribution).
 */
export interface UsageSlice {
  readonly customerId?: string | null | undefined;
  readonly subscriptionId?: string | null | undefined;
  readonly entityId?: string | null | undefined;
  readonly from: Instant;
  readonly to: Instant;
}

export interface UsageRequest {
  readonly tenant: string;
  readonly meter: Meter;
  readonly slices: readonly UsageSlice[];
  /**
   * Names of properties; absent or empty = one total. Those among the meter's group-by keys are answered from its buckets, others from the
   * records themselves, which needs slices that name a customer or a subscription.
   */
  readonly groupBy?: readonly string[] | undefined;
  /** Puts records of several combinations of `groupBy` values into one group; what it answers is the group. */
  readonly regroup?: ((group: UsageTotal['group']) => UsageTotal['group']) | undefined;
  /** Only records whose property has one of the values; see `groupBy`. */
  readonly filter?: Readonly<Record<string, readonly string[]>> | undefined;
  /** For meters that weigh values by time. Absent = `period` and `full` reach from the start of the first slice to the end of the last. */
  readonly weighting?: UsageWeighting | undefined;
}

/** The window that values are weighed over, and the whole billing period that it is a part of. */
export interface UsageWeighting {
  readonly period: Period;
  readonly full: Period;
}

export interface UsageTotal {
  /** Value of each group-by key; null where the record has none. Empty for a total. */
  readonly group: Readonly<Record<string, string | null>>;
  /** Aggregated value, after the meter's rounding. */
  readonly value: Decimal;
  readonly eventsCount: number;
  /** Order-free digest (32 hex digits) of the records counted. */
  readonly digest: string;
}

export interface UsageAnswer {
  /** Without `groupBy` exactly one; with it one per group that has records, ordered by group. */
  readonly totals: readonly UsageTotal[];
  /** Log position that the answer reflects at least. */
  readonly position: number;
  /**
   * What was counted, exactly: for each usage shard the position up to which its records are in the answer, none beyond. Shards are
   * folded side by side, so no single position says it. A recount up to the cut gives the same digest, whenever it is made.
   */
  readonly cut: readonly number[];
}

/** Reads usage: from buckets and edges in the server, by recounting the log in an audit. One money path, two sources. */
export type ReadUsage = (request: UsageRequest) => Promise<UsageAnswer>;
