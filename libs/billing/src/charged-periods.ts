import {
  nextInvoice,
  type BilledSubscription,
  type Instant,
  type Period,
  type UsageSlice,
  type UsageWeighting,
} from '@odometer/domain';
import type { BillerPorts, UsagePorts } from './biller-ports.js';
import { termsOf } from './compute-invoice.js';
import { loadBilled, slicesOf, stretchOfPeriod } from './read-charges.js';

/** A period in which a subscription is charged for a meter, and whose usage that is. */
export interface ChargedPeriod {
  readonly period: Period;
  readonly slices: readonly UsageSlice[];
  readonly weighting: UsageWeighting;
  /** Whether its invoice is final; a new definition does not change it. */
  readonly isBilled: boolean;
}

export interface ChargedPeriodsRequest {
  readonly subscription: BilledSubscription;
  readonly meterCode: string;
  /** Periods that end later than this. */
  readonly since: Instant;
  /** Periods that have begun by now. */
  readonly now: Instant;
  /** The latest ones. */
  readonly limit: number;
}

/**
 * The periods of one life in which its plan charges the meter, the latest first; none when the plan does not. Their boundaries are those of the customer's
 * time zone of now. Throws NotBillable when the plan is not known.
 */
export async function chargedPeriods(
  ports: Pick<UsagePorts, 'schedule' | 'catalog'> & Pick<BillerPorts, 'finalInvoices'>,
  { subscription, meterCode, since, now, limit }: ChargedPeriodsRequest,
): Promise<ChargedPeriod[]> {
  const billed = await loadBilled(ports, subscription);
  if (!billed.plan.charges.some((charge) => charge.meterCode === meterCode)) return [];
  const terms = termsOf(billed);
  const periods: Period[] = [];
  let due = nextInvoice(terms, null);
  while (due !== null && due.period.from <= now) {
    const { occasion, period } = due;
    if (occasion !== 'start' && period.to > since) periods.push(period);
    due = nextInvoice(terms, { occasion, periodTo: period.to });
  }
  const latest = periods.slice(-limit).reverse();
  const finals = await ports.finalInvoices(subscription.tenant, subscription, limit);
  return latest.map((period) => {
    const { full } = stretchOfPeriod(billed, period, terms.timezone);
    return {
      period,
      slices: slicesOf(billed, meterCode, period),
      weighting: { period, full },
      isBilled: finals.some(
        (final) => final.occasion !== 'start' && sharesTime(final.period, period),
      ),
    };
  });
}

const sharesTime = (a: Period, b: Period): boolean => a.from < b.to && b.from < a.to;
