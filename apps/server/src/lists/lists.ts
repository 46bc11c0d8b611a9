import type { Feature, Instant, Meter, Plan } from '@odometer/domain';
import {
  listApiKeys,
  listClocks,
  listCustomers,
  listFeatures,
  listMeters,
  listPlans,
  listSubscriptions,
  meterVersions,
  type ApiKeyView,
  type ClockView,
  type Current,
  type CustomersRequest,
  type CustomerView,
  type Page,
  type PageRequest,
  type SubscriptionsRequest,
  type SubscriptionView,
} from '@odometer/read-models';
import type { DataSource } from 'typeorm';

/** The lists of the control plane, from the read models. */
export class Lists {
  constructor(
    private readonly source: DataSource,
    private readonly now: () => Instant,
  ) {}

  meters(tenant: string, page: PageRequest): Promise<Page<Current<Meter>>> {
    return listMeters(this.source, tenant, page);
  }

  /** All versions of a meter, oldest first; none when there is no such meter. */
  meterVersions(tenant: string, code: string): Promise<Meter[]> {
    return meterVersions(this.source, tenant, code);
  }

  features(tenant: string, page: PageRequest): Promise<Page<Current<Feature>>> {
    return listFeatures(this.source, tenant, page);
  }

  plans(tenant: string, page: PageRequest): Promise<Page<Current<Plan>>> {
    return listPlans(this.source, tenant, page);
  }

  customers(tenant: string, request: CustomersRequest): Promise<Page<CustomerView>> {
    return listCustomers(this.source, tenant, request);
  }

  subscriptions(
    tenant: string,
    request: Omit<SubscriptionsRequest, 'now'>,
  ): Promise<Page<SubscriptionView>> {
    return listSubscriptions(this.source, tenant, { ...request, now: this.now() });
  }

  clocks(tenant: string, page: PageRequest): Promise<Page<ClockView>> {
    return listClocks(this.source, tenant, page);
  }

  apiKeys(tenant: string, page: PageRequest): Promise<Page<ApiKeyView>> {
    return listApiKeys(this.source, tenant, page);
  }
}
