import {
  effectiveUnitAmount,
  feeBookDecider,
  fold,
  newFees,
  partName,
  toIso,
  toMajor,
  toText,
  type CountedUsage,
  type Fee,
  type FeeBook,
  type FeeEvent,
  type Instant,
  type NewFee,
} from '@odometer/domain';
import { handle, readDomainEvent } from '@odometer/event-store';
import type { BillerPorts } from './biller-ports.js';
import { feeBookIdOf, feeBookStreamOf, feeIdOf } from './invoice-identity.js';
import { readPaidInAdvance, type Running } from './running-period.js';

/**
 * Charges the fees of new records for charges that are paid in advance and kept off invoices, also those of 0: each record has its
 * fee. Doing so again charges nothing twice.
 */
export async function chargeFees(
  ports: BillerPorts,
  running: Running,
  now: Instant,
): Promise<void> {
  const charges = await readPaidInAdvance(ports, running, (charge) => charge.invoiceable === false);
  if (charges.length === 0) return;
  const { plan, subscription } = running.billed;
  const { period } = running.due;
  const { tenant } = subscription;
  const bookId = feeBookIdOf(subscription, period.from);
  const streamId = feeBookStreamOf(tenant, bookId);
  const book = await bookInLog(ports, streamId);
  const known = (chargeIndex: number): CountedUsage | undefined =>
    book.counted.find((counted) => counted.chargeIndex === chargeIndex);
  const fresh = charges.flatMap((priced) => newFees(priced, known(priced.usage.chargeIndex)));
  if (fresh.length === 0) return;
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
  const commandId = `charge-fees:${bookId}:${sequence}`;
  await handle(ports.store, feeBookDecider, command, {
    streamId,
    tenant,
    now: ports.now(),
    actor: 'biller',
    commandId,
  });
}

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
