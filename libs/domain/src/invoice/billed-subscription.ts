import type { SubscriptionTerms } from '../subscription/subscription-events.js';
import type { Instant, Period } from '../kernel/instant.js';
import type { CountedUsage, InvoiceLine, InvoiceOccasion } from './invoice-events.js';
import type { ScheduledInvoice } from './invoice-schedule.js';

/** One life of a subscription as billing sees it, with what it needs of the customer. */
export interface BilledSubscription {
  readonly tenant: string;
  readonly customerId: string;
  readonly externalId: string;
  readonly incarnation: number;
  readonly planCode: string;
  readonly planVersion: number;
  readonly billingTime: SubscriptionTerms['billingTime'];
  readonly startedAt: Instant;
  /** First instant without it, by termination or as scheduled; null while it goes on. */
  readonly endsAt: Instant | null;
  /** Whether it was ended by hand: what was used at that very instant was used before it. */
  readonly isTerminated: boolean;
  /** The next invoice to draft; null when there is none to come, or when its plan or customer is not known. */
  readonly next: ScheduledInvoice | null;
  /** The customer's zone of now. The running period keeps the zone that it began in, `next.timezone`. */
  readonly timezone: string;
  readonly gracePeriodDays: number;
  readonly testClock: string | null;
}

/** Something that billing has to do once `dueAt` has come. */
export interface DueItem {
  readonly tenant: string;
  /** A period to close, a draft to finalize, or usage paid in advance to bill. */
  readonly kind: 'period' | 'finalize' | 'usage';
  readonly dueAt: Instant;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly incarnation: number;
  /** The draft to finalize; null for a period to close. */
  readonly invoiceId: string | null;
}

/**
 * What is due at `now`. With a test clock: that clock's customers up to `now`. Without: customers without a clock up to `now`,
 * and those on clocks up to what their clock shows.
 */
export interface DueRequest {
  readonly now: Instant;
  readonly limit: number;
  readonly tenant?: string | undefined;
  /** Code of a test clock; only together with a tenant. */
  readonly testClock?: string | undefined;
}

/** A final invoice as later invoices and past usage look back on it. */
export interface FinalInvoice {
  readonly invoiceId: string;
  readonly number: string;
  readonly subscriptionId: string;
  readonly incarnation: number;
  readonly occasion: InvoiceOccasion;
  readonly planCode: string;
  readonly planVersion: number;
  readonly currency: string;
  /** The zone that the period's days were counted in. */
  readonly timezone: string;
  readonly period: Period;
  readonly lines: readonly InvoiceLine[];
  readonly counted: readonly CountedUsage[];
  readonly total: number;
}
