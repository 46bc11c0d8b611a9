import { toIso, type Instant } from '@odometer/domain';
import {
  RepeatDiffers,
  RevisionConflict,
  UnknownOutcome,
  type EventStore,
} from '@odometer/event-store';
import { NumberingContended } from './billing-errors.js';
import { numberEventIdOf, numbersStreamOf } from './invoice-identity.js';

/** Attempts to take the next number before it is given up; each lost one means that another invoice got a number. */
export const NUMBER_ATTEMPTS_MAX = 100;

/** Digits at least; longer numbers simply have more. */
const NUMBER_DIGITS = 6;

export const invoiceNumberOf = (sequence: number): string =>
  `INV-${String(sequence).padStart(NUMBER_DIGITS, '0')}`;

/**
 * The number of an invoice: the place of its event in the tenant's stream of numbers, so there are no gaps. The event's id is
 * derived from the invoice, and for a known event the store says where it is, so an invoice that got a number before a crash gets the
 * same one again.
 */
export async function assignInvoiceNumber(
  store: EventStore,
  tenant: string,
  invoiceId: string,
  now: Instant,
): Promise<string> {
  const streamId = numbersStreamOf(tenant);
  for (let attempt = 1; attempt <= NUMBER_ATTEMPTS_MAX; attempt += 1) {
    const [last] = await store.readStream(streamId, { direction: 'backwards', limit: 1 });
    const revision = last?.revision ?? -1;
    const event = {
      eventId: numberEventIdOf(tenant, invoiceId),
      type: 'InvoiceNumberAssigned',
      schemaVersion: 1,
      data: { invoiceId, sequence: revision + 2 },
      metadata: { tenant, recordedAt: toIso(now), actor: 'biller' },
    };
    try {
      const expectedRevision = revision === -1 ? 'noStream' : revision;
      const { firstRevision } = await store.append(streamId, [event], { expectedRevision });
      return invoiceNumberOf(firstRevision + 1);
    } catch (error) {
      if (error instanceof RepeatDiffers) return invoiceNumberOf(error.firstRevision + 1);
      if (!(error instanceof RevisionConflict || error instanceof UnknownOutcome)) throw error;
    }
  }
  throw new NumberingContended(
    `invoice ${invoiceId} got no number in ${NUMBER_ATTEMPTS_MAX} attempts`,
  );
}
