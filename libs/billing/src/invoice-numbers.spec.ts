import { RevisionConflict, type EventStore } from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { assignInvoiceNumber, invoiceNumberOf, NUMBER_ATTEMPTS_MAX } from './invoice-numbers.js';

const assign = (store: EventStore, invoiceId: string, tenant = 't'): Promise<string> =>
  assignInvoiceNumber(store, tenant, invoiceId, 0);

describe('an invoice number', () => {
  it.each([
    [1, 'INV-000001'],
    [999_999, 'INV-999999'],
    [1_000_000, 'INV-1000000'],
  ])('%d is written %s', (sequence, number) => expect(invoiceNumberOf(sequence)).toBe(number));

  it('is the next one of the tenant', async () => {
    const store = createInMemoryEventStore();
    expect(await assign(store, 'a')).toBe('INV-000001');
    expect(await assign(store, 'b')).toBe('INV-000002');
    expect(await assign(store, 'b', 'other')).toBe('INV-000001');
  });

  it('stays the same for the same invoice, however many came after', async () => {
    const store = createInMemoryEventStore();
    for (const id of ['a', 'b', 'c']) await assign(store, id);
    expect(await assign(store, 'a')).toBe('INV-000001');
    expect(await assign(store, 'd')).toBe('INV-000004');
  });

  it('has no gap when many are taken at once', async () => {
    const store = createInMemoryEventStore();
    const numbers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => assign(store, `i${i % 10}`)),
    );
    const expected = Array.from({ length: 10 }, (_, i) => invoiceNumberOf(i + 1));
    expect([...new Set(numbers)].sort()).toEqual(expected);
  });

  it('is given up after so many lost races', async () => {
    let attempts = 0;
    const store: EventStore = {
      ...createInMemoryEventStore(),
      append: (streamId) => {
        attempts += 1;
        return Promise.reject(new RevisionConflict(streamId, 'noStream', 0));
      },
    };
    await expect(assign(store, 'a')).rejects.toThrow('got no number in 100 attempts');
    expect(attempts).toBe(NUMBER_ATTEMPTS_MAX);
  });
});
