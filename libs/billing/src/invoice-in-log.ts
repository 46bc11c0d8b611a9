import { fold, invoiceDecider, type InvoiceEvent, type InvoiceState } from '@odometer/domain';
import { readDomainEvent, type EventStore } from '@odometer/event-store';
import { invoiceStreamOf } from './invoice-identity.js';

/** An invoice as the log has it, which is never behind; position 0 for one that does not exist. */
export async function invoiceInLog(
  store: EventStore,
  tenant: string,
  invoiceId: string,
): Promise<{ readonly state: InvoiceState; readonly position: number }> {
  const events = await store.readStream(invoiceStreamOf(tenant, invoiceId));
  const state = fold(
    invoiceDecider,
    events.map((event) => readDomainEvent(event) as unknown as InvoiceEvent),
  );
  return { state, position: events.at(-1)?.position ?? 0 };
}
