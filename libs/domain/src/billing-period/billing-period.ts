import type { PlanInterval } from '../catalog/plan.js';
import type { Instant, Period } from '../kernel/instant.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import { localDayAt } from './local-day.js';
import { CALENDAR_ANCHOR, stretchAt, type Recurrence } from './recurrence.js';

/** What decides where the billing periods of a subscription begin and end. */
export interface BillingTerms {
  readonly interval: PlanInterval;
  readonly billingTime: 'calendar' | 'anniversary';
  /** When the subscription started; anniversaries are those of its local date. */
  readonly anchor: Instant;
  /** The customer's IANA zone. */
  readonly timezone: string;
}

/** Most periods that `periodsFrom` lists: 95 years of weeks. */
export const PERIODS_MAX = 5_000;

const LENGTHS: Readonly<Record<PlanInterval, Recurrence['every']>> = {
  week: { days: 7 },
  month: { months: 1 },
  quarter: { months: 3 },
  half_year: { months: 6 },
  year: { months: 12 },
};

/**
 * The full billing period that contains the instant, between two local midnights, also before the subscription's start.
 * How much of it the subscription is active is `activePart`.
 */
export function billingPeriodAt(terms: BillingTerms, at: Instant): Period {
  const { billingTime, timezone } = terms;
  const anchor = billingTime === 'calendar' ? CALENDAR_ANCHOR : localDayAt(timezone, terms.anchor);
  return stretchAt({ anchor, every: LENGTHS[terms.interval], timezone }, at);
}

/** The period that begins where this one ends. */
export function nextPeriod(terms: BillingTerms, period: Period): Period {
  return billingPeriodAt(terms, period.to);
}

/**
 * Every full period that shares an instant with `[from, until)`, oldest first.
 * @throws RuleBroken `too_many_periods` above PERIODS_MAX.
 */
export function periodsFrom(terms: BillingTerms, from: Instant, until: Instant): Period[] {
  const periods: Period[] = [];
  if (from >= until) return periods;
  let period = billingPeriodAt(terms, from);
  while (period.from < until) {
    if (periods.length === PERIODS_MAX) {
      throw new RuleBroken('too_many_periods', `More than ${PERIODS_MAX} billing periods at once.`);
    }
    periods.push(period);
    period = nextPeriod(terms, period);
  }
  return periods;
}
