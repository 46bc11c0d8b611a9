import type { Catalog as PlanCatalog } from '@odometer/billing';
import {
  balanceOf,
  customerSlices,
  decimal,
  resetWindowAt,
  ZERO,
  type BilledSubscription,
  type Entitlement,
  type Feature,
  type Grant,
  type Instant,
  type Plan,
  type ResetWindow,
} from '@odometer/domain';
import { billedSubscriptionsOf } from '@odometer/read-models';
import type pg from 'pg';
import type { Catalog } from '../commands/catalog.js';
import type { Clocks } from '../commands/clocks.js';
import type { CustomerDirectory } from '../customers/customer-directory.js';
import { notFound } from '../http/answers.js';
import type { UsageReading } from '../usage/usage-reading.js';
import type { Access } from './balance.dto.js';

/** An entitlement of a subscription that is in force. */
interface Granted {
  readonly subscription: BilledSubscription;
  readonly plan: Plan;
  readonly entitlement: Entitlement;
}

export interface CustomerBalances {
  readonly balances: ReadonlyMap<string, Access>;
  /** Log position that the usage in all of them reflects at least; null where no usage was read. */
  readonly position: number | null;
}

/** Access to one feature; the position as that of all. */
interface FeatureAccess {
  readonly access: Access;
  readonly position: number | null;
}

/** What is known of a customer at its time. */
interface Known {
  readonly customerId: string;
  readonly now: Instant;
  /** All subscriptions that there have been. */
  readonly lives: readonly BilledSubscription[];
  readonly grants: readonly Granted[];
}

/** Usage has no end where a grant is never reset: far beyond any timestamp that is taken in. */
const NO_END: Instant = Date.UTC(9_999, 0, 1);

/**
 * Balances as a function of grants and usage. Grants are the entitlements of the subscriptions active at the customer's time; usage is that
 * of the customer in the running reset window, read from the usage read model, so nothing has to be reset.
 */
export class Balances {
  constructor(
    private readonly parts: {
      readonly pool: pg.Pool;
      readonly plans: PlanCatalog;
      readonly catalog: Catalog;
      readonly clocks: Clocks;
      readonly customers: CustomerDirectory;
      readonly usage: UsageReading;
    },
  ) {}

  /** Everything the customer is entitled to. Throws HttpProblem 404 for an unknown customer. */
  async ofCustomer(tenant: string, customerId: string): Promise<CustomerBalances> {
    const known = await this.known(tenant, customerId);
    const codes = [
      ...new Set(known.grants.map(({ entitlement }) => entitlement.featureCode)),
    ].sort();
    const balances = new Map<string, Access>();
    const positions: number[] = [];
    for (const code of codes) {
      const read = await this.access(tenant, known, {
        code,
        feature: await this.parts.catalog.feature(tenant, code),
      });
      balances.set(code, read.access);
      if (read.position !== null) positions.push(read.position);
    }
    return { balances, position: positions.length === 0 ? null : Math.min(...positions) };
  }

  /**
   * One feature; access is null when no active subscription grants it. Feature is null when there is none of that code. Throws HttpProblem 404 for an
   * unknown customer of a known feature. What does not depend on each other is asked at once: the answer is what somebody's request waits for.
   */
  async ofFeature(
    tenant: string,
    customerId: string,
    code: string,
  ): Promise<FeatureAccess & { readonly feature: Feature | null }> {
    const [feature, known] = await Promise.allSettled([
      this.parts.catalog.feature(tenant, code),
      this.known(tenant, customerId),
    ]);
    if (feature.status === 'rejected') throw feature.reason;
    if (feature.value === null) return { feature: null, access: null, position: null };
    if (known.status === 'rejected') throw known.reason;
    const asked = { code, feature: feature.value };
    return { feature: feature.value, ...(await this.access(tenant, known.value, asked)) };
  }

  private async known(tenant: string, customerId: string): Promise<Known> {
    const [customer, lives] = await Promise.all([
      this.parts.customers.load(tenant, customerId),
      billedSubscriptionsOf(this.parts.pool, tenant, customerId),
    ]);
    if (customer.status === 'none') throw notFound('customer', customerId);
    const now = await this.parts.clocks.nowFor(tenant, customer);
    const active = lives.filter(
      ({ startedAt, endsAt }) => startedAt <= now && (endsAt === null || now < endsAt),
    );
    const grants = active.map((subscription) => this.grantsOf(tenant, subscription));
    return { customerId, now, lives, grants: (await Promise.all(grants)).flat() };
  }

  private async grantsOf(tenant: string, subscription: BilledSubscription): Promise<Granted[]> {
    const { planCode, planVersion } = subscription;
    const plan = await this.parts.plans.plan(tenant, planCode, planVersion);
    return (plan?.entitlements ?? []).map((entitlement) => ({
      subscription,
      plan: plan!,
      entitlement,
    }));
  }

  private async access(
    tenant: string,
    known: Known,
    { code, feature }: { readonly code: string; readonly feature: Feature | null },
  ): Promise<FeatureAccess> {
    const grants = known.grants.filter(({ entitlement }) => entitlement.featureCode === code);
    const [first] = grants;
    if (first === undefined) return { access: null, position: null };
    if (grants.some(({ entitlement }) => entitlement.grant === 'flag'))
      return { access: 'flag', position: null };
    const window = windowOf(first, known.now);
    const { used, position } = await this.used(tenant, known, feature, window);
    const access = balanceOf({
      grants: grants.map((grant) => grantIn(grant, feature)),
      used,
      window,
    });
    return { access, position };
  }

  private async used(
    tenant: string,
    { customerId, lives }: Known,
    feature: Feature | null,
    window: ResetWindow,
  ) {
    if (feature?.meterCode === undefined) return { used: ZERO, position: null };
    const meter = await this.parts.usage.meter(tenant, feature.meterCode);
    const period = { from: window.from, to: window.to ?? NO_END };
    const subscriptions = lives.map(({ externalId }) => externalId);
    const slices = customerSlices(customerId, subscriptions, period);
    const { totals, position } = await this.parts.usage.queries.readUsage({
      tenant,
      meter,
      slices,
    });
    return { used: totals[0]!.value, position };
  }
}

/** Where several subscriptions grant one feature, the one that started first says when it resets. */
const windowOf = ({ subscription, entitlement }: Granted, now: Instant): ResetWindow =>
  resetWindowAt(
    {
      reset: entitlement.reset ?? { interval: 'never', count: 1 },
      billingTime: subscription.billingTime,
      anchor: subscription.startedAt,
      timezone: subscription.timezone,
    },
    now,
  );

/** Usage beyond a grant is allowed where the plan has a price for it. */
const grantIn = ({ plan, entitlement }: Granted, feature: Feature | null): Grant => ({
  amount: entitlement.grant === 'unlimited' ? 'unlimited' : decimal(entitlement.amount ?? '0'),
  overageAllowed: plan.charges.some(({ meterCode }) => meterCode === feature?.meterCode),
});
