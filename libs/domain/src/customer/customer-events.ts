import type { JsonObject } from '../kernel/json.js';

/** What of a customer is not personal and stays when the person is erased. */
export interface CustomerDetails {
  readonly currency?: string | undefined;
  /** IANA zone; periods, days and invoice dates of the customer follow it. */
  readonly timezone: string;
  readonly metadata: JsonObject;
  /** Days an invoice stays a draft. */
  readonly gracePeriodDays: number;
  /** Code of the test clock the customer lives on; set at registration, never changed. */
  readonly testClock?: string | undefined;
}

/**
 * Stream `customer-<tenant>-<external id>`. `personal` is the AES-256-GCM ciphertext (base64) of a JSON object with name,
 * email, address, tax id, under a key of this customer's own that lives outside the log; null when nothing personal was given.
 */
export type CustomerEvent =
  | {
      readonly type: 'CustomerRegistered';
      readonly data: CustomerDetails & {
        readonly externalId: string;
        readonly personal: string | null;
      };
    }
  | {
      readonly type: 'CustomerDetailsChanged';
      readonly data: CustomerDetails & {
        readonly externalId: string;
        readonly personal: string | null;
      };
    }
  | { readonly type: 'CustomerArchived'; readonly data: { readonly externalId: string } }
  | { readonly type: 'CustomerErased'; readonly data: { readonly externalId: string } };
