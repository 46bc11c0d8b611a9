import { toText } from '../kernel/decimal.js';
import { toIso } from '../kernel/instant.js';
import { toMajor } from '../kernel/money.js';
import type { MeteredEvent } from '../metering/metered-event.js';
import type { AdvanceFee } from '../pricing/advance-fees.js';
import { effectiveUnitAmount } from '../pricing/rating.js';
import { countedOf, lineOfPart, type LineContext } from './charge-line.js';
import { sumOfLines } from './invoice.js';
import type { CountedUsage, InvoiceContent, InvoiceLine } from './invoice-events.js';
import type { PricedCharge, PricedPart } from './priced-charge.js';

/** A fee that has not been billed yet. */
export interface NewFee {
  readonly priced: PricedCharge;
  readonly part: PricedPart;
  readonly fee: AdvanceFee;
}

/**
 * The fees of a charge paid in advance for records that lie beyond what has been billed of the period, zero ones included. A record is
 * billed once, whatever its timestamp: by its place in the log.
 */
export function newFees(priced: PricedCharge, billed: CountedUsage | undefined): NewFee[] {
  const isNew = (event: MeteredEvent | null): boolean =>
    billed === undefined || (event !== null && event.position > (billed.cut?.[event.shard] ?? 0));
  return priced.parts.flatMap((part) =>
    (part.fees?.of(isNew) ?? []).map((fee) => ({ priced, part, fee })),
  );
}

/** An invoice of such fees, a line each where it costs something; null when there is nothing new to count. */
export function buildAdvanceLines(
  context: LineContext,
  charges: readonly PricedCharge[],
  billed: readonly CountedUsage[],
): InvoiceContent | null {
  const known = (priced: PricedCharge): CountedUsage | undefined =>
    billed.find(({ chargeIndex }) => chargeIndex === priced.usage.chargeIndex);
  const fees = charges.flatMap((priced) => newFees(priced, known(priced)));
  const lines = fees.filter(({ fee }) => fee.amount !== 0).map((fee) => feeLineOf(context, fee));
  if (lines.length === 0) return null;
  const subtotal = sumOfLines(lines);
  const counted = charges.map((priced) => ({
    ...countedOf(priced),
    amount: (known(priced)?.amount ?? 0) + amountOf(fees, priced),
    cut: priced.usage.cut,
  }));
  return { lines, counted, subtotal, total: subtotal };
}

const amountOf = (fees: readonly NewFee[], priced: PricedCharge): number =>
  fees.filter((fee) => fee.priced === priced).reduce((sum, { fee }) => sum + fee.amount, 0);

function feeLineOf(context: LineContext, { priced, part, fee }: NewFee): InvoiceLine {
  const { event, units, amount } = fee;
  const exact = toMajor(amount, context.plan.currency);
  return lineOfPart(context, priced, part, {
    units: toText(units),
    unitAmount: toText(effectiveUnitAmount(exact, units)),
    amount,
    details: {
      amount: toText(exact),
      ...(event === null
        ? { carried_over: true }
        : { transaction_id: event.transactionId, timestamp: toIso(event.timestamp) }),
    },
  });
}
