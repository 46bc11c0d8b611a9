import type { Bill } from './bill-readers.js';
import type { Body } from '../scenario-tenant.js';
import type { Readers } from './compare.js';

export interface Fee {
  readonly id: string;
  readonly transaction_id: string | null;
  readonly units: string;
  readonly amount: number;
}

/** What the records since `first` cost: fees of their own, or the lines of the newest invoice that bills records as they come. */
export function feeReaders(fees: readonly Fee[], bills: readonly Bill[], first: number): Readers {
  const own = fees
    .filter(({ transaction_id: id }) => id !== null && Number(id.slice('event-'.length)) >= first)
    .reverse();
  const billed = (bills[0]?.lines ?? []).filter(({ type }) => type === 'charge');
  const found = own.length > 0 ? own : billed;
  return {
    fee: () => feeOf(found),
    fees: () => found.map(({ amount }) => amount),
  };
}

/** Of one record: it is as many events as there are fees for it. */
const feeOf = (found: readonly Pick<Fee, 'units' | 'amount'>[]): Body => ({
  amount_cents: found[0]?.amount,
  units: found[0]?.units,
  events_count: found.length,
});
