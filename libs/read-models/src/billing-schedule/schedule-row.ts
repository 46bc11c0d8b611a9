import {
  nextInvoice,
  type InvoiceOccasion,
  type PlanInterval,
  type ScheduledInvoice,
} from '@odometer/domain';

/** A subscription with its plan's interval; the plan's columns are null when the plan is not known. bigint comes as text. */
export interface ScheduleRow {
  readonly customer_id: string;
  readonly billing_time: 'calendar' | 'anniversary';
  readonly started_at: string;
  readonly ending_at: string | null;
  readonly terminated_at: string | null;
  readonly running_timezone: string | null;
  readonly last_occasion: InvoiceOccasion | null;
  readonly last_period_to: string | null;
  readonly interval: PlanInterval | null;
  readonly pay_in_advance: boolean | null;
  readonly test_clock: string | null;
}

export interface NextDue {
  readonly next: ScheduledInvoice | null;
  /** Also set when `next` cannot be computed for want of a plan or a customer, so that the biller finds it and says so. */
  readonly dueAt: number | null;
}

/** When a life of a subscription is billed next. A function of the row alone. */
export function nextDueOf(row: ScheduleRow): NextDue {
  const startedAt = Number(row.started_at);
  if (row.interval === null || row.pay_in_advance === null || row.running_timezone === null) {
    return { next: null, dueAt: startedAt };
  }
  const next = nextInvoice(
    {
      interval: row.interval,
      payInAdvance: row.pay_in_advance,
      billingTime: row.billing_time,
      anchor: startedAt,
      timezone: row.running_timezone,
      endsAt: numberOrNull(row.terminated_at ?? row.ending_at),
      isTerminated: row.terminated_at !== null,
    },
    row.last_occasion === null
      ? null
      : { occasion: row.last_occasion, periodTo: Number(row.last_period_to) },
  );
  return { next, dueAt: next?.dueAt ?? null };
}

export const numberOrNull = (text: string | null): number | null =>
  text === null ? null : Number(text);
