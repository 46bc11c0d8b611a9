import { billingPeriodAt, type BillingTerms } from '../billing-period/billing-period.js';
import { localDayAt } from '../billing-period/local-day.js';
import type { Instant, Period } from '../kernel/instant.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import type { ChargeStretch } from '../pricing/rate-part.js';
import type { InvoiceOccasion } from './invoice-events.js';

/** What decides when a life of a subscription is billed. The timezone is that of the period to come. */
export interface InvoicingTerms extends BillingTerms {
  readonly payInAdvance: boolean;
  /** The first instant without the subscription; null while it goes on. */
  readonly endsAt: Instant | null;
  /** Whether it was ended by hand. Otherwise its end was agreed beforehand. */
  readonly isTerminated?: boolean;
}

/** An invoice that will be due. */
export interface ScheduledInvoice {
  readonly occasion: InvoiceOccasion;
  readonly dueAt: Instant;
  /** The part of the full period in which the subscription is active: its usage is charged. */
  readonly period: Period;
  /** The whole calendar or anniversary period that the fee of `plan.amount` is for. */
  readonly full: Period;
  readonly timezone: string;
}

/** The invoice drafted last: why, and the end of its period. */
export interface LastInvoice {
  readonly occasion: InvoiceOccasion;
  readonly periodTo: Instant;
}

/**
 * Two zones are 26 hours apart at most. When a customer has moved to another zone, a rest of the old period up to this long
 * belongs to the new one, so that no invoice is made for a few hours.
 */
export const ZONE_CHANGE_MS_MAX = 26 * 3_600_000;

/** Most unbilled periods that are looked through for the one that runs: 95 years of weeks. */
export const PERIODS_AHEAD_MAX = 5_000;

/** The invoice that follows the last one, or null when there is none to come. */
export function nextInvoice(
  terms: InvoicingTerms,
  last: LastInvoice | null,
): ScheduledInvoice | null {
  const { anchor: startedAt, endsAt, timezone } = terms;
  if (endsAt !== null && endsAt <= startedAt) return null;
  if (last === null && terms.payInAdvance) {
    return { occasion: 'start', dueAt: startedAt, ...periodFrom(terms, startedAt), timezone };
  }
  return last?.occasion === 'termination' ? null : closingInvoice(terms, closedUntil(terms, last));
}

/** Where the usage begins that no invoice has been drafted for. */
const closedUntil = (terms: InvoicingTerms, last: LastInvoice | null): Instant =>
  last === null || last.occasion === 'start' ? terms.anchor : last.periodTo;

function closingInvoice(terms: InvoicingTerms, from: Instant): ScheduledInvoice | null {
  const { endsAt, timezone } = terms;
  if (endsAt !== null && endsAt <= from) return null;
  const { period, full } = periodFrom(terms, from);
  const occasion = period.to === endsAt ? 'termination' : 'period_end';
  return { occasion, dueAt: period.to, period, full, timezone };
}

/**
 * The period that is active from `from` on: to its boundary, or to the end of the subscription where that is earlier. An end that was
 * agreed beforehand and lies on the first day of a period belongs to the period before, so that no day is billed for the hours until it.
 */
export function periodFrom(
  terms: InvoicingTerms,
  from: Instant,
): { readonly period: Period; readonly full: Period } {
  let full = billingPeriodAt(terms, from);
  const isFirst = from === terms.anchor;
  if (!isFirst && full.to - from <= ZONE_CHANGE_MS_MAX) full = billingPeriodAt(terms, full.to);
  const endsAt = terms.endsAt ?? Infinity;
  return {
    full,
    period: { from, to: endsOnDayAfter(terms, full) ? endsAt : Math.min(full.to, endsAt) },
  };
}

function endsOnDayAfter({ endsAt, isTerminated, timezone }: InvoicingTerms, full: Period): boolean {
  if (endsAt === null || isTerminated === true || endsAt <= full.to) return false;
  return localDayAt(timezone, endsAt) === localDayAt(timezone, full.to);
}

/** How a period that was active lies in its full one; for periods of before as well. `timezone` is the one it was billed in. */
export function stretchOf(
  terms: Omit<InvoicingTerms, 'endsAt' | 'payInAdvance'>,
  period: Period,
): ChargeStretch {
  const { full } = periodFrom({ ...terms, payInAdvance: false, endsAt: null }, period.from);
  const { timezone } = terms;
  return { period, full, timezone, endsWithPeriod: period.to < full.to };
}

/**
 * The invoice of the period that contains `now`, whether or not those before it have been drafted; before the start the first
 * one, null after the end.
 * @throws RuleBroken `too_many_periods` above PERIODS_AHEAD_MAX.
 */
export function runningInvoice(
  terms: InvoicingTerms,
  next: ScheduledInvoice | null,
  now: Instant,
): ScheduledInvoice | null {
  let running = next;
  for (let seen = 0; running !== null; seen += 1) {
    if (running.occasion !== 'start' && now < running.period.to) return running;
    if (seen === PERIODS_AHEAD_MAX) {
      throw new RuleBroken('too_many_periods', `More than ${PERIODS_AHEAD_MAX} unbilled periods.`);
    }
    running = nextInvoice(terms, { occasion: running.occasion, periodTo: running.period.to });
  }
  return null;
}
