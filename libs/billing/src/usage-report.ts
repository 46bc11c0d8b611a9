import { RuleBroken, type Instant, type InvoiceContent, type Period } from '@odometer/domain';
import type { BillerPorts, UsagePorts } from './biller-ports.js';
import {
  chargedPeriods,
  type ChargedPeriod,
  type ChargedPeriodsRequest,
} from './charged-periods.js';
import { currentUsage, readUsed, type CurrentUsage } from './current-usage.js';
import { computeInvoice, feeLineOf } from './compute-invoice.js';
import { projectUsage, type ProjectedUsage } from './projected-usage.js';
import { runningOf, type Running } from './running-period.js';

export interface UsageReports {
  /** @throws RuleBroken `subscription_not_found`, `no_active_subscription`; NotBillable. */
  currentUsage(tenant: string, subscriptionId: string, now: Instant): Promise<CurrentUsage>;
  /** One answer per running subscription of the customer, in the order of their start; none when none runs. */
  currentUsageOfCustomer(
    tenant: string,
    customerId: string,
    now: Instant,
  ): Promise<readonly CurrentUsage[]>;
  /** The same, and what it will be at the end of the period if usage goes on as it did. */
  projectedUsage(tenant: string, subscriptionId: string, now: Instant): Promise<ProjectedUsage>;
  projectedUsageOfCustomer(
    tenant: string,
    customerId: string,
    now: Instant,
  ): Promise<readonly ProjectedUsage[]>;
  /** When a life is charged for a meter, and whose usage that is. @throws NotBillable. */
  chargedPeriods(request: ChargedPeriodsRequest): Promise<readonly ChargedPeriod[]>;
  /** The invoice of the running period as it would be if usage stopped now. Nothing is written. */
  previewInvoice(tenant: string, subscriptionId: string, now: Instant): Promise<InvoicePreview>;
}

export interface InvoicePreview extends InvoiceContent {
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly period: Period;
  readonly dueAt: Instant;
  /** Log position that every figure reflects at least; null when the plan has no charges. */
  readonly position: number | null;
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

  const runningOfCustomer = async (
    tenant: string,
    customerId: string,
    now: Instant,
  ): Promise<Running[]> => {
    const lives = await ports.schedule.subscriptionsOf(tenant, customerId);
    const running = await Promise.all(lives.map((life) => runningOf(ports, life, now)));
    return running.filter(
      (found): found is Running => found !== null && found.due.period.from <= now,
    );
  };

  return {
    currentUsage: async (tenant, id, now) => currentUsageOf(ports, await find(tenant, id, now)),
    async currentUsageOfCustomer(tenant, customerId, now) {
      const running = await runningOfCustomer(tenant, customerId, now);
      return Promise.all(running.map((found) => currentUsageOf(ports, found)));
    },
    projectedUsage: async (tenant, id, now) =>
      projectedUsageOf(ports, await find(tenant, id, now), now),
    async projectedUsageOfCustomer(tenant, customerId, now) {
      const running = await runningOfCustomer(tenant, customerId, now);
      return Promise.all(running.map((found) => projectedUsageOf(ports, found, now)));
    },
    chargedPeriods: (request) => chargedPeriods(ports, request),
    async previewInvoice(tenant, id, now) {
      const { billed, due } = await find(tenant, id, now);
      const { content, position } = await computeInvoice(
        ports,
        billed,
        due,
        feeLineOf(billed, due),
      );
      const { externalId, customerId } = billed.subscription;
      const { period, dueAt } = due;
      const { currency } = billed.plan;
      const life = { subscriptionId: externalId, customerId, currency };
      return { ...life, period, dueAt, position, ...content };
    },
  };
}

async function currentUsageOf(ports: UsagePorts, running: Running): Promise<CurrentUsage> {
  return currentUsage(running, await readUsed(ports, running));
}

async function projectedUsageOf(
  ports: UsagePorts,
  running: Running,
  now: Instant,
): Promise<ProjectedUsage> {
  const used = await readUsed(ports, running);
  return projectUsage(running, currentUsage(running, used), used, now);
}
