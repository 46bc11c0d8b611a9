import type { JsonObject } from '../kernel/json.js';
import type { Adjustment } from './adjustments/adjustment.js';

/** The price of one meter in a plan. `properties` has the shape that the charge model's own schema says. */
export interface Charge {
  readonly meterCode: string;
  /** A code from the charge model registry. */
  readonly model: string;
  readonly properties: JsonObject;
  readonly displayName?: string | undefined;
  /** Other prices for records with certain properties. The most specific filter wins; the rest is priced by `properties`. */
  readonly filters?: readonly ChargeFilter[] | undefined;
  /** Pricing group keys: each combination of their values is priced on its own and has a line of its own. */
  readonly groupBy?: readonly string[] | undefined;
  /** Least amount of the whole charge in a full period, in the smallest unit; prorated in partial periods. */
  readonly minAmount?: number | undefined;
  /** Discounts, caps and minimums around the price of the whole charge. */
  readonly adjustments?: readonly Adjustment[] | undefined;
  /** Each record is billed as it comes. */
  readonly payInAdvance?: boolean | undefined;
  /** With `payInAdvance`: false keeps the fees off invoices, for the sender to settle; absent = true. */
  readonly invoiceable?: boolean | undefined;
  /** With `invoiceable: false`: fees that were settled are gathered on one invoice at the end of the period. */
  readonly regroupPaidFees?: boolean | undefined;
  /** Units of a recurring meter count by the days of the period that they are there. */
  readonly prorated?: boolean | undefined;
}

/** Records whose properties have, for every key, one of the values. */
export interface ChargeFilter {
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly properties: JsonObject;
  readonly displayName?: string | undefined;
}
