import type { JsonObject } from '../kernel/json.js';

export interface InvoiceLine {
  readonly type: 'subscription' | 'charge' | 'true_up';
  readonly subscriptionId: string;
  readonly meterCode?: string | undefined;
  readonly description: string;
  /** Decimal text. */
  readonly units: string;
  /** Decimal text in major units; the effective price per unit, exact where it is one, else carried to 15 places. */
  readonly unitAmount: string;
  /** Integer in the currency's smallest unit, rounded once, half up. */
  readonly amount: number;
  readonly period: { readonly from: string; readonly to: string };
  /** The steps of the price, decimal texts. */
  readonly details: JsonObject;
  readonly provenance?: LineProvenance | undefined;
}

/** What is needed to compute the line again from the log and compare. */
export interface LineProvenance {
  readonly meterVersion?: number | undefined;
  readonly planCode: string;
  readonly planVersion: number;
  /** Index of the charge in that version of the plan. */
  readonly chargeIndex?: number | undefined;
  /** Position of the log that the usage reflects at least. */
  readonly position: number;
  /** By usage shard: exactly up to where its records were counted. A recount up to there gives the digest again. */
  readonly cut?: readonly number[] | undefined;
  readonly recordCount: number;
  /** Order-free digest of the records counted. */
  readonly digest: string;
}

/** What an invoice counted for one charge of its period, also where that came to nothing and has no line. */
export interface CountedUsage {
  readonly chargeIndex: number;
  readonly meterCode: string;
  readonly meterVersion: number;
  readonly recordCount: number;
  readonly digest: string;
  /** What the charge was worth, in the smallest unit, lines of earlier invoices included; absent on invoices of before this was kept. */
  readonly amount?: number | undefined;
  /** For charges paid in advance: by usage shard, up to where their records are billed. */
  readonly cut?: readonly number[] | undefined;
}

/**
 * Why there is an invoice: a fee paid in advance at the start, the end of a period, the end of the subscription, usage that is
 * paid in advance, or such fees that were settled off invoices.
 */
export type InvoiceOccasion = 'start' | 'period_end' | 'termination' | 'usage' | 'paid_fees';

/** Whether an invoice closes a period of usage, or opens the first one; the others stand beside the periods. */
export const isOfPeriod = (occasion: InvoiceOccasion): boolean =>
  occasion !== 'usage' && occasion !== 'paid_fees';

/** The part of an invoice that is computed, once for the draft and once more when it becomes final. */
export interface InvoiceContent {
  readonly lines: readonly InvoiceLine[];
  readonly counted: readonly CountedUsage[];
  /** Sum of the lines' amounts. */
  readonly subtotal: number;
  readonly total: number;
}

export interface InvoiceDraft extends InvoiceContent {
  /** UUID derived from what the invoice is about, so that billing twice bills once. */
  readonly invoiceId: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly incarnation: number;
  readonly occasion: InvoiceOccasion;
  readonly planCode: string;
  readonly planVersion: number;
  readonly currency: string;
  /** The zone that the period's days were counted in. */
  readonly timezone: string;
  /** The usage period; for occasion `start` the period that the fee is for. */
  readonly period: { readonly from: string; readonly to: string };
  /** When the draft becomes due for finalization. */
  readonly finalizeAt: string;
}

/** What finalizing adds. The lines are computed anew at that moment, so a draft follows late usage. */
export interface InvoiceFinal extends InvoiceContent {
  readonly invoiceId: string;
  readonly number: string;
  readonly issuedAt: string;
  /** Position of the log that the lines were computed at. */
  readonly position: number;
}

/** Stream `invoice-<tenant>-<invoice id>`. */
export type InvoiceEvent =
  | { readonly type: 'InvoiceDrafted'; readonly data: InvoiceDraft }
  | { readonly type: 'InvoiceFinalized'; readonly data: InvoiceFinal }
  | {
      readonly type: 'InvoiceVoided';
      readonly data: { readonly invoiceId: string; readonly reason: string | null };
    };

/** Stream `invoice-numbers-<tenant>`: the n-th event is the n-th number, so numbers have no gaps. */
export type InvoiceNumberEvent = {
  readonly type: 'InvoiceNumberAssigned';
  readonly data: { readonly invoiceId: string; readonly sequence: number };
};
