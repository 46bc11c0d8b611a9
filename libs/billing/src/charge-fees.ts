import {
  effectiveUnitAmount,
  feeBookDecider,
  fold,
  newFees,
  partName,
  toIso,
  toMajor,
  toText,
  type Charge,
  type CountedUsage,
  type Fee,
  type FeeBook,
  type FeeEvent,
  type Instant,
  type NewFee,
} from '@odometer/domain';
import { handle, readDomainEvent } from '@odometer/event-store';
import type { BillerPorts } from './biller-ports.js';
import { LATE_USAGE_INVOICES_MAX } from './late-usage.js';
import { feeBookIdOf, feeBookStreamOf, feeIdOf } from './invoice-identity.js';
import { readPaidInAdvance, type Running } from './running-period.js';

/** How often new records are billed again in one look, where other billers come first. */
export const ADVANCE_TURNS_MAX = 5;

/** A period of a subscription whose records are charged. */
type FeeStretch = Pick<Running, 'billed'> & {
  readonly due: Pick<Running['due'], 'period' | 'timezone'>;
};

/**
 * Charges the fees of new records for charges that are paid in advance and kept off invoices, also those of 0: each record has its
 * fee. Doing so again charges nothing twice. Answers the position of what was charged, null where nothing was.
 */
export async function chargeFees(
  ports: BillerPorts,
  stretch: FeeStretch,
  now: Instant,
): Promise<number | null> {
  let reached: number | null = null;
  for (let turn = 1; turn <= ADVANCE_TURNS_MAX; turn += 1) {
    const taken = await takeTurn(ports, stretch, now);
    if (taken === null) break;
    reached = taken.position;
    // Where another biller took the turn, it may have seen fewer records.
    if (taken.isOurs) break;
  }
  return reached;
}

async function takeTurn(
  ports: BillerPorts,
  stretch: FeeStretch,
  now: Instant,
): Promise<{ readonly position: number; readonly isOurs: boolean } | null> {
  const charges = await readPaidInAdvance(ports, stretch, isOffInvoices);
  if (charges.length === 0) return null;
  const { plan, subscription } = stretch.billed;
  const { period } = stretch.due;
  const { tenant } = subscription;
  const bookId = feeBookIdOf(subscription, period.from);
  const streamId = feeBookStreamOf(tenant, bookId);
  const book = await bookInLog(ports, streamId);
  const known = (chargeIndex: number): CountedUsage | undefined =>
    book.counted.find((counted) => counted.chargeIndex === chargeIndex);
  const fresh = charges.flatMap((priced) => newFees(priced, known(priced.usage.chargeIndex)));
  if (fresh.length === 0) return null;
  const sequence = book.sequence + 1;
  const charged = {
    bookId,
    customerId: subscription.customerId,
    subscriptionId: subscription.externalId,
    incarnation: subscription.incarnation,
    planCode: plan.code,
    planVersion: plan.version,
    currency: plan.currency,
    period: { from: toIso(period.from), to: toIso(period.to) },
    chargedAt: toIso(now),
    sequence,
    fees: fresh.map((fee, index) => feeOf(fee, plan.currency, feeIdOf(bookId, sequence, index))),
    counted: charges.map(({ usage, charge, amount, eventsCount, digest }) => ({
      chargeIndex: usage.chargeIndex,
      meterCode: charge.meterCode,
      meterVersion: usage.meter.version,
      recordCount: eventsCount,
      digest,
      amount,
      cut: usage.cut,
    })),
  };
  const command = { type: 'ChargeFees', charged } as const;
  // Who has seen other records sends another command, and learns that the turn was taken.
  const seen = JSON.stringify(charges.map(({ usage }) => usage.cut));
  const commandId = `charge-fees:${bookId}:${sequence}:${seen}`;
  const { position, events } = await handle(ports.store, feeBookDecider, command, {
    streamId,
    tenant,
    now: ports.now(),
    actor: 'biller',
    commandId,
  });
  return { position, isOurs: events.length > 0 };
}

/**
 * Charges what nobody has charged yet when a period closes: records that came in since the last look, and late ones of the periods
 * before. No invoice has a line for them.
 */
export async function chargeClosingFees(
  ports: BillerPorts,
  { billed, due }: FeeStretch,
): Promise<number | null> {
  const { plan, subscription } = billed;
  if (!plan.charges.some(isOffInvoices)) return null;
  const { tenant } = subscription;
  const finals = await ports.finalInvoices(tenant, subscription, LATE_USAGE_INVOICES_MAX);
  const closed = finals.filter(({ counted }) => counted.length > 0).reverse();
  let reached: number | null = null;
  for (const { period, timezone } of [...closed, due]) {
    const stretch = { billed, due: { period, timezone } };
    reached = (await chargeFees(ports, stretch, due.period.to)) ?? reached;
  }
  return reached;
}

const isOffInvoices = ({ payInAdvance, invoiceable }: Charge): boolean =>
  payInAdvance === true && invoiceable === false;

async function bookInLog({ store }: BillerPorts, streamId: string): Promise<FeeBook> {
  const recorded = await store.readStream(streamId);
  return fold(
    feeBookDecider,
    recorded.map((event) => readDomainEvent(event) as unknown as FeeEvent),
  );
}

function feeOf({ priced, part, fee }: NewFee, currency: string, feeId: string): Fee {
  const { charge, usage } = priced;
  const { event, units, amount } = fee;
  return {
    feeId,
    chargeIndex: usage.chargeIndex,
    meterCode: charge.meterCode,
    description: partName(charge, part.part.key),
    units: toText(units),
    unitAmount: toText(effectiveUnitAmount(toMajor(amount, currency), units)),
    amount,
    transactionId: event?.transactionId ?? null,
    timestamp: event === null ? null : toIso(event.timestamp),
    regroup: charge.regroupPaidFees === true,
  };
}
