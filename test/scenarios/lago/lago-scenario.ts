/**
 * Scenarios of Lago as data, in its own words: amounts in cents, prices in major units, `to` as the last second of a period. What a
 * step expects is compared with what the native API answers.
 */
export interface LagoScenario {
  readonly id: string;
  readonly title: string;
  readonly given: LagoGiven;
  readonly steps: readonly LagoStep[];
  /** Keys of expectations that are not compared, and why. */
  readonly left_out?: Readonly<Record<string, string>>;
  readonly note?: string;
}

export interface LagoGiven {
  readonly customer?: { readonly timezone?: string; readonly currency?: string };
  readonly plan: LagoPlan;
  readonly metrics: readonly LagoMetric[];
  readonly charges: readonly LagoCharge[];
  /** Another plan to change to, with the same terms. */
  readonly plan_2?: { readonly charges: readonly LagoCharge[] };
  /** `lago`: the numbers carry its rounding of prorated units. Default: exact. */
  readonly rounding?: 'lago';
}

export interface LagoPlan {
  readonly interval: string;
  readonly amount_cents: number;
  readonly amount_currency?: string;
  readonly pay_in_advance: boolean;
}

export interface LagoMetric {
  readonly code: string;
  readonly aggregation_type: string;
  readonly field_name?: string;
  readonly recurring?: boolean;
}

export interface LagoRange {
  readonly from: number;
  readonly to: number | null;
  readonly per_unit?: string;
  readonly flat?: string;
  readonly rate?: string;
}

export interface LagoCharge {
  readonly metric: string;
  readonly model: string;
  readonly amount?: string;
  readonly ranges?: readonly LagoRange[];
  readonly package_size?: number;
  readonly free_units?: number;
  readonly rate?: string;
  readonly fixed_amount?: string;
  readonly free_units_per_events?: number;
  readonly free_units_per_total_aggregation?: string;
  readonly per_transaction_min_amount?: string;
  readonly per_transaction_max_amount?: string;
  readonly pay_in_advance?: boolean;
  readonly invoiceable?: boolean;
  readonly regroup_paid_fees?: string;
  readonly prorated?: boolean;
  readonly min_amount_cents?: number;
  readonly filters?: readonly LagoFilter[];
  readonly pricing_group_keys?: readonly string[];
}

export interface LagoFilter {
  readonly name?: string;
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly amount: string;
}

export interface LagoEvent {
  readonly code?: string;
  readonly properties?: Readonly<Record<string, string | number>>;
  readonly timestamp?: string;
  readonly precise_total_amount_cents?: string;
}

export type Expected = Readonly<Record<string, unknown>>;

export interface LagoStep extends LagoEvent {
  /** The clock shows this; without it the step follows at once. Where the clock is past it, it stays. */
  readonly at?: string;
  readonly do: string;
  readonly expect?: Expected;
  readonly billing_time?: string;
  readonly subscription_at?: string;
  readonly ending_at?: string;
  /** So many records, or each of these. */
  readonly count?: number;
  readonly each?: readonly LagoEvent[];
  readonly at_list?: readonly string[];
  readonly query?: {
    readonly filter_by_group?: Readonly<Record<string, readonly string[]>>;
    readonly filter_by_charge?: string;
  };
  readonly which?: string;
  /** The plan to change to. */
  readonly to?: string;
}
