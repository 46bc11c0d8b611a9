import {
  RuleBroken,
  type Instant,
  type InvoiceContent,
  type Period,
  type PricedCharge,
} from '@odometer/domain';
import { inUse, type ChargeInUse } from './charge-in-use.js';
import type { BillerPorts, UsagePorts } from './biller-ports.js';
import { computeInvoice, feeLineOf } from './compute-invoice.js';
import { runningOf, type Running } from './running-period.js';
import { readCharges, slicesOf, stretchOfPeriod } from './read-charges.js';

/** The usage of the running period and what it comes to so far, without the fee. */
export interface CurrentUsage {
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly from: Instant;
  /** End of the period, not now. */
  readonly to: Instant;
  readonly currency: string;
  readonly amount: number;
  readonly charges: readonly ChargeInUse[];
  /** Log position that every figure reflects at least; null when the plan has no charges. */
  readonly position: number | null;
}

export interface UsageReports {
  /** @throws RuleBroken `subscription_not_found`, `no_active_subscription`; NotBillable. */
  currentUsage(tenant: string, subscriptionId: string, now: Instant): Promise<CurrentUsage>;
  /** One answer per running subscription of the customer, in the order of their start; none when none runs. */
  currentUsageOfCustomer(
    tenant: string,
    customerId: string,
    now: Instant,
  ): Promise<readonly CurrentUsage[]>;
  /** The invoice of the running period as it would be if usage stopped now. Nothing is written. */
  previewInvoice(tenant: string, subscriptionId: string, now: Instant): Promise<InvoicePreview>;
}

export interface InvoicePreview extends InvoiceContent {
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly period: Period;
  readonly dueAt: Instant;
}

/** Answers about the running period, from the same computation that bills it. */
export function createUsageReports(
  ports: UsagePorts & Pick<BillerPorts, 'finalInvoices' | 'advanceInvoice'>,
): UsageReports {
  const find = async (tenant: string, id: string, now: Instant): Promise<Running> => {
    const subscription = await ports.schedule.subscription(tenant, id);
    if (subscription === null) {
      throw new RuleBroken('subscription_not_found', `No subscription ${id}.`, 'not_found');
    }
    const running = await runningOf(ports, subscription, now);
    if (running !== null) return running;
    throw new RuleBroken('no_active_subscription', `Subscription ${id} is not active.`, 'conflict');
  };

  return {
    currentUsage: async (tenant, id, now) => currentUsageOf(ports, await find(tenant, id, now)),
    async currentUsageOfCustomer(tenant, customerId, now) {
      const lives = await ports.schedule.subscriptionsOf(tenant, customerId);
      const running = await Promise.all(lives.map((life) => runningOf(ports, life, now)));
      return Promise.all(
        running
          .filter((found): found is Running => found !== null && found.due.period.from <= now)
          .map((found) => currentUsageOf(ports, found)),
      );
    },
    async previewInvoice(tenant, id, now) {
      const { billed, due } = await find(tenant, id, now);
      const { content } = await computeInvoice(ports, billed, due, feeLineOf(billed, due));
      const { externalId, customerId } = billed.subscription;
      const { period, dueAt } = due;
      const { currency } = billed.plan;
      return { subscriptionId: externalId, customerId, currency, period, dueAt, ...content };
    },
  };
}

async function currentUsageOf(ports: UsagePorts, running: Running): Promise<CurrentUsage> {
  const { billed, due } = running;
  const { plan, subscription } = billed;
  const stretch = stretchOfPeriod(billed, due.period, due.timezone);
  const charges = await readCharges(ports, billed, { stretch, closesPeriod: false });
  const positions = charges.map(({ usage }) => usage.position);
  return {
    subscriptionId: subscription.externalId,
    customerId: subscription.customerId,
    from: due.period.from,
    to: due.period.to,
    currency: plan.currency,
    amount: charges.reduce((sum, charge) => sum + charge.amount, 0),
    charges: await Promise.all(charges.map((priced) => chargeInUse(ports, running, priced))),
    position: positions.length === 0 ? null : Math.min(...positions),
  };
}

async function chargeInUse(
  ports: UsagePorts,
  { billed, due }: Running,
  priced: PricedCharge,
): Promise<ChargeInUse> {
  const { charge, usage } = priced;
  if (charge.groupBy !== undefined && charge.groupBy.length > 0) return inUse(priced);
  if (usage.meter.groupBy.length === 0) return inUse(priced);
  const { tenant } = billed.subscription;
  const slices = slicesOf(billed, usage.meter.code, due.period);
  const { totals } = await ports.readUsage({
    tenant,
    meter: usage.meter,
    slices,
    groupBy: usage.meter.groupBy,
    weighting: due,
  });
  return inUse(priced, totals);
}
