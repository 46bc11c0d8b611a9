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
  /** Position of the log that the usage was read at. */
  readonly position: number;
  readonly recordCount: number;
  /** Order-free digest of the records counted. */
  readonly digest: string;
}

export interface InvoiceDraft {
  /** UUID derived from what the invoice is about, so that billing twice bills once. */
  readonly invoiceId: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly incarnation: number;
  readonly currency: string;
  readonly period: { readonly from: string; readonly to: string };
  /** When the draft becomes due for finalization. */
  readonly finalizeAt: string;
  readonly lines: readonly InvoiceLine[];
  readonly subtotal: number;
  readonly total: number;
}

/** Stream `invoice-<tenant>-<invoice id>`. */
export type InvoiceEvent =
  | { readonly type: 'InvoiceDrafted'; readonly data: InvoiceDraft }
  | {
      readonly type: 'InvoiceFinalized';
      readonly data: {
        readonly invoiceId: string;
        readonly number: string;
        readonly issuedAt: string;
        readonly lines: readonly InvoiceLine[];
        readonly subtotal: number;
        readonly total: number;
        readonly position: number;
      };
    }
  | {
      readonly type: 'InvoiceVoided';
      readonly data: { readonly invoiceId: string; readonly reason: string | null };
    };

/** Stream `invoice-numbers-<tenant>`: the n-th event is the n-th number, so numbers have no gaps. */
export type InvoiceNumberEvent = {
  readonly type: 'InvoiceNumberAssigned';
  readonly data: { readonly invoiceId: string; readonly sequence: number };
};
