/**
 * Stream `subscription-<tenant>-<external id>`. An external id may be used again after its subscription has ended; each life
 * has an `incarnation` (1, 2, …) and an id `<external id>` + incarnation is unique for ever.
 */
export type SubscriptionEvent =
  | { readonly type: 'SubscriptionStarted'; readonly data: SubscriptionTerms }
  | {
      readonly type: 'SubscriptionEndScheduled';
      readonly data: {
        readonly externalId: string;
        readonly incarnation: number;
        readonly endingAt: string | null;
      };
    }
  | {
      readonly type: 'SubscriptionTerminated';
      readonly data: {
        readonly externalId: string;
        readonly incarnation: number;
        readonly terminatedAt: string;
      };
    };

export interface SubscriptionTerms {
  readonly externalId: string;
  readonly incarnation: number;
  /** The customer's external id. */
  readonly customerId: string;
  readonly planCode: string;
  readonly planVersion: number;
  readonly billingTime: 'calendar' | 'anniversary';
  /** Usage counts and the fee is due from here; may lie in the past or in the future. */
  readonly startedAt: string;
  /** What was asked for, where the end of the former life moved the start to later. */
  readonly requestedStartAt?: string | undefined;
  readonly endingAt: string | null;
}
