import type { JsonObject } from '../kernel/json.js';

/** Names one record of a tenant: its transaction id, and its customer and subscription as far as the record names them. */
export interface RecordIdentity {
  readonly transactionId: string;
  readonly customerId?: string;
  readonly subscriptionId?: string;
}

/** What a record says from an amendment on; whose it is does not change. */
export interface AmendedContent {
  readonly code: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly entityId?: string;
  readonly properties?: JsonObject;
}

/**
 * Corrections of usage. They stand in the usage stream of the record's shard, after the record; who and why is in the metadata of
 * the event (`actor`, `reason`).
 */
export type CorrectionEvent =
  | { readonly type: 'UsageVoided'; readonly data: RecordIdentity }
  | {
      readonly type: 'UsageAmended';
      readonly data: RecordIdentity & { readonly content: AmendedContent };
    };
