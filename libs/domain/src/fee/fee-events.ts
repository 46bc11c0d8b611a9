import type { CountedUsage } from '../invoice/invoice-events.js';

export const FEE_PAYMENT_STATUSES = ['pending', 'succeeded', 'failed', 'refunded'] as const;
export type FeePaymentStatus = (typeof FEE_PAYMENT_STATUSES)[number];

/** What one record of a charge costs that is paid in advance and kept off invoices. */
export interface Fee {
  readonly feeId: string;
  readonly chargeIndex: number;
  readonly meterCode: string;
  readonly description: string;
  /** Decimal text. */
  readonly units: string;
  /** Decimal text in major units. */
  readonly unitAmount: string;
  /** Integer in the smallest unit. */
  readonly amount: number;
  /** Null for units that a recurring meter carried into the period. */
  readonly transactionId: string | null;
  readonly timestamp: string | null;
  /** Whether it is gathered on an invoice once it is settled. */
  readonly regroup: boolean;
}

/** The fees of one look at the running period of a life of a subscription. */
export interface FeesCharged {
  readonly bookId: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly incarnation: number;
  readonly planCode: string;
  readonly planVersion: number;
  readonly currency: string;
  readonly period: { readonly from: string; readonly to: string };
  readonly chargedAt: string;
  /** 1, 2, … in the book. */
  readonly sequence: number;
  readonly fees: readonly Fee[];
  /** Up to where the records of each charge are in the book. */
  readonly counted: readonly CountedUsage[];
}

/** Stream `fees-<tenant>-<book id>`; a book is kept for each period of a life. */
export type FeeEvent =
  | { readonly type: 'FeesCharged'; readonly data: FeesCharged }
  | {
      readonly type: 'FeeSettled';
      readonly data: { readonly feeId: string; readonly paymentStatus: FeePaymentStatus };
    };
