import { dayShare } from '../billing-period/proration.js';
import type { Plan } from '../catalog/plan.js';
import { toText } from '../kernel/decimal.js';
import { toIso, type Period } from '../kernel/instant.js';
import { prorateMinor, toMajor } from '../kernel/money.js';
import type { InvoiceLine } from './invoice-events.js';
import type { InvoicingTerms, ScheduledInvoice } from './invoice-schedule.js';

/** The stretch that a fee is for. */
export interface FeeTerms {
  readonly period: Period;
  readonly full: Period;
  readonly timezone: string;
  /** Whether the subscription ends with the period: the day of the end then counts whole, also when it ends at its first instant. */
  readonly endsWithPeriod: boolean;
  /** Due in full, whatever days the period touches. */
  readonly whole: boolean;
}

/** The fee that an invoice carries: of its own period in arrears, of the period ahead in advance, none where there is none ahead. */
export function feeOf(
  plan: Plan,
  terms: Pick<InvoicingTerms, 'anchor' | 'billingTime'>,
  due: ScheduledInvoice,
  ahead: Pick<ScheduledInvoice, 'period' | 'full' | 'timezone'> | null,
): FeeTerms | null {
  if (plan.payInAdvance) return advanceFee(terms, due.occasion === 'start' ? due : ahead);
  const { period, full, timezone } = due;
  const isCutShort = period.to < full.to;
  return {
    period,
    full,
    timezone,
    endsWithPeriod: isCutShort,
    // After a change of zone a period does not begin where its full one does; it is a whole period all the same.
    whole: period.from !== terms.anchor && !isCutShort,
  };
}

function advanceFee(
  terms: Pick<InvoicingTerms, 'anchor' | 'billingTime'>,
  stretch: Pick<ScheduledInvoice, 'period' | 'full' | 'timezone'> | null,
): FeeTerms | null {
  if (stretch === null) return null;
  const { full, timezone } = stretch;
  const { from } = stretch.period;
  return {
    // Paid in advance, nobody knows yet how long the subscription lasts: the fee is for the rest of the full period.
    period: { from, to: full.to },
    full,
    timezone,
    endsWithPeriod: false,
    whole: terms.billingTime === 'anniversary' || from !== terms.anchor,
  };
}

/** The subscription fee, prorated by local days and always present, also when it is 0. */
export function feeLine(plan: Plan, subscriptionId: string, fee: FeeTerms): InvoiceLine {
  const { period, full, timezone } = fee;
  const touched = fee.endsWithPeriod ? { from: period.from, to: period.to + 1 } : period;
  const share = dayShare(touched, full, timezone);
  const { fullDays } = share;
  const days = fee.whole ? fullDays : share.days;
  const amount = prorateMinor(plan.amount, days, fullDays);
  const unitAmount = toText(toMajor(amount, plan.currency));
  return {
    type: 'subscription',
    subscriptionId,
    description: plan.name,
    units: '1',
    unitAmount,
    amount,
    period: { from: toIso(period.from), to: toIso(period.to) },
    details: {
      fee: toText(toMajor(plan.amount, plan.currency)),
      days,
      full_period_days: fullDays,
    },
  };
}
