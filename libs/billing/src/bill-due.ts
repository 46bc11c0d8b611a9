import type { DueItem, Instant } from '@odometer/domain';

/** What a billing run is about. */
export interface BillDueRequest {
  /** Everything that falls due up to here, this instant included, is billed. */
  readonly now: Instant;
  readonly tenant?: string | undefined;
  /** Only the customers on this test clock; together with `tenant`. Without it customers on clocks are billed up to their clock. */
  readonly testClock?: string | undefined;
}

/** Something that is due and could not be billed. It is tried again by the next call. */
export interface BillingFault {
  readonly item: DueItem;
  readonly error: unknown;
}

export interface BillDueResult {
  readonly drafted: number;
  readonly finalized: number;
  /** Position of the last event that billing wrote or found; a query that waits for it sees everything billed. */
  readonly position: number;
  readonly faults: readonly BillingFault[];
}
