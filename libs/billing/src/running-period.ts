import {
  runningInvoice,
  type BilledSubscription,
  type Charge,
  type Instant,
  type PricedCharge,
  type ScheduledInvoice,
} from '@odometer/domain';
import type { UsagePorts } from './biller-ports.js';
import { termsOf } from './compute-invoice.js';
import {
  loadBilled,
  readCharge,
  stretchOfPeriod,
  type Billed,
  type ReadingPorts,
} from './read-charges.js';

/** A subscription and the invoice that its running period will end with. */
export interface Running {
  readonly billed: Billed;
  readonly due: ScheduledInvoice;
}

/** The period that a life is in; the first one before its start, null after its end. */
export async function runningOf(
  ports: Pick<UsagePorts, 'schedule' | 'catalog'>,
  subscription: BilledSubscription,
  now: Instant,
): Promise<Running | null> {
  const { endsAt, next } = subscription;
  if (endsAt !== null && endsAt <= now) return null;
  const billed = await loadBilled(ports, subscription);
  // The running period keeps the zone that it began in, also while those before it wait to be billed.
  const timezone = next?.timezone ?? subscription.timezone;
  const due = runningInvoice({ ...termsOf(billed), timezone }, next, now);
  return due === null ? null : { billed, due };
}

/** The charges that are paid in advance, those of one kind. */
export async function readPaidInAdvance(
  ports: ReadingPorts,
  {
    billed,
    due,
  }: { readonly billed: Billed; readonly due: Pick<ScheduledInvoice, 'period' | 'timezone'> },
  isChosen: (charge: Charge) => boolean,
): Promise<PricedCharge[]> {
  const stretch = stretchOfPeriod(billed, due.period, due.timezone);
  const indexes = billed.plan.charges.flatMap((charge, index) =>
    charge.payInAdvance === true && isChosen(charge) ? [index] : [],
  );
  return Promise.all(
    indexes.map((index) => readCharge(ports, billed, index, { stretch, closesPeriod: false })),
  );
}
