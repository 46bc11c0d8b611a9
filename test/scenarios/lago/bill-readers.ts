import type { Body } from '../scenario-tenant.js';
import type { Readers } from './compare.js';
import { firstSecondOf, lastSecondOf } from './whole-seconds.js';

interface Line {
  readonly type: string;
  readonly units: string;
  readonly amount: number;
  readonly period: { readonly from: string; readonly to: string };
  readonly details: Readonly<Record<string, unknown>>;
}

/** An invoice as the API answers it. */
export interface Bill {
  readonly id: string;
  readonly status: string;
  readonly payment_status: string;
  readonly subtotal: number;
  readonly total: number;
  readonly period: { readonly from: string; readonly to: string };
  readonly issued_at: string | null;
  readonly lines: readonly Line[];
}

/** What the newest invoice says, and how many there are. `known` are those from before the step. */
export function billReaders(
  bills: readonly Bill[],
  known: ReadonlySet<string>,
  timezone: string,
): Readers {
  const made = bills.filter(({ id }) => !known.has(id));
  const newest = made[0] ?? bills[0];
  const gathered = made.find(({ payment_status: status }) => status === 'succeeded');
  return {
    ...figuresOf(newest),
    invoice: () => shown(newest, timezone),
    advance_charges_invoice: () => shown(gathered, timezone),
    invoices: () => bills.length,
    new_invoices: () => made.length,
    new_invoices_total: () => made.length,
    true_up_fee: () => ({ amount_cents: amountOf(newest, 'true_up') }),
    usage_fees: () => withNothing(amountsOf(newest, 'charge')),
    fees: () =>
      linesOf(newest, 'charge').map(({ amount, details }) => ({
        amount_cents: amount,
        total_aggregated_units: details['level'],
      })),
  };
}

/** Figures of an invoice that Lago names without saying of which. */
const figuresOf = (bill: Bill | undefined): Readers => ({
  charge_fee_amount_cents: () => amountOf(bill, 'charge'),
  charge_fee_total_amount_cents: () => amountOf(bill, 'charge'),
  total_amount_cents: () => bill?.total,
  from: () => firstSecondOf(feeLine(bill)?.period.from),
  to: () => lastSecondOf(feeLine(bill)?.period.to),
  charges_from: () => firstSecondOf(bill?.period.from),
  charges_to: () => lastSecondOf(bill?.period.to),
});

/** The invoice as an object of Lago's. */
function shown(bill: Bill | undefined, timezone: string): Body {
  return {
    ...Object.fromEntries(
      Object.entries(figuresOf(bill)).map(([name, reader]) => [name, reader(undefined)]),
    ),
    status: bill?.status,
    fees_amount_cents: bill?.subtotal,
    sub_total_excluding_taxes_amount_cents: bill?.subtotal,
    subscription_fee: amountOf(bill, 'subscription'),
    charge_fee: amountOf(bill, 'charge'),
    fees: bill?.lines.length,
    issuing_date: localDate(bill?.issued_at, timezone),
  };
}

const linesOf = (bill: Bill | undefined, type: string): readonly Line[] =>
  (bill?.lines ?? []).filter((line) => line.type === type);

const amountsOf = (bill: Bill | undefined, type: string): number[] =>
  linesOf(bill, type).map(({ amount }) => amount);

const amountOf = (bill: Bill | undefined, type: string): number =>
  amountsOf(bill, type).reduce((sum, amount) => sum + amount, 0);

/** Parts that come to nothing have no line here and a fee of 0 there. */
const withNothing = (amounts: readonly number[]): number[] => [0, ...amounts].sort((a, b) => a - b);

const feeLine = (bill: Bill | undefined): Line | undefined => linesOf(bill, 'subscription').at(-1);

/** The local date, as `2023-09-06`. */
const localDate = (instant: string | null | undefined, timeZone: string): string | null =>
  instant == null ? null : new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date(instant));
