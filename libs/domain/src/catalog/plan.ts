import type { Charge } from '../pricing/charge.js';

export const PLAN_INTERVALS = ['week', 'month', 'quarter', 'half_year', 'year'] as const;
export type PlanInterval = (typeof PLAN_INTERVALS)[number];

/** A price list, one version of it. A published version never changes; subscriptions keep the version they started on. */
export interface Plan {
  readonly code: string;
  readonly version: number;
  readonly name: string;
  /** ISO 4217, upper case. */
  readonly currency: string;
  readonly interval: PlanInterval;
  /** Fee per interval in the currency's smallest unit. */
  readonly amount: number;
  readonly payInAdvance: boolean;
  readonly charges: readonly Charge[];
  readonly entitlements: readonly Entitlement[];
}

/** What a plan grants of a feature: an amount per reset interval, no limit, or the plain flag. */
export interface Entitlement {
  readonly featureCode: string;
  readonly grant: 'amount' | 'unlimited' | 'flag';
  /** Decimal text, with `grant: 'amount'` only. */
  readonly amount?: string | undefined;
  readonly reset?: ResetInterval | undefined;
}

export const RESET_INTERVALS = [
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'half_year',
  'year',
  'never',
] as const;

/** `never` grants once for the life of the subscription, and so does an entitlement without a reset. */
export interface ResetInterval {
  readonly interval: (typeof RESET_INTERVALS)[number];
  readonly count: number;
}

export interface Feature {
  readonly code: string;
  readonly name?: string | undefined;
  readonly type: 'metered' | 'boolean';
  /** Set for metered features. */
  readonly meterCode?: string | undefined;
}
