import type { ListedKey } from '../api-keys/api-key.dto.js';
import type { KnownCustomer } from '../customers/customer.dto.js';
import type { KnownSubscription } from '../subscriptions/subscription.dto.js';
import type { Feature, Meter, Plan } from '@odometer/domain';

/** One page of a list: where the next one begins, or null. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly next_cursor: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** The lists that the read models answer. */
export abstract class Lists {
  abstract meters(tenant: string, page: PageRequest): Promise<Page<Meter>>;
  abstract features(tenant: string, page: PageRequest): Promise<Page<Feature>>;
  abstract customers(tenant: string, page: PageRequest): Promise<Page<KnownCustomer>>;
  abstract subscriptions(
    tenant: string,
    page: PageRequest & { readonly customer_id?: string },
  ): Promise<Page<KnownSubscription>>;
  abstract apiKeys(tenant: string, page: PageRequest): Promise<Page<ListedKey>>;
  abstract plans(tenant: string, page: PageRequest): Promise<Page<Plan>>;
}
