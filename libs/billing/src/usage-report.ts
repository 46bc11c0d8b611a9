import {
  chargeLine,
  chargeOf,
  runningInvoice,
  RuleBroken,
  toText,
  type BilledSubscription,
  type ChargeTotal,
  type Instant,
  type InvoiceContent,
  type JsonObject,
  type Period,
  type ScheduledInvoice,
  type UsageTotal,
} from '@odometer/domain';
import type { BillerPorts, UsagePorts } from './biller-ports.js';
import { computeInvoice, feeLineOf, termsOf } from './compute-invoice.js';
import { loadBilled, meterOf, readCharge, slicesOf, type Billed } from './read-charges.js';

/** Groups listed per charge; those with the most events come first and `groupsCount` says how many there are. */
export const GROUPS_SHOWN_MAX = 1_000;

export interface UsageGroup {
  readonly group: Readonly<Record<string, string | null>>;
  /** Decimal text. */
  readonly units: string;
  readonly eventsCount: number;
}

/** One charge of the running period. Amounts are integers in the smallest unit. */
export interface ChargeInUse {
  readonly meterCode: string;
  readonly model: string;
  readonly displayName: string;
  /** Decimal text. */
  readonly units: string;
  readonly unitAmount: string;
  readonly eventsCount: number;
  readonly amount: number;
  readonly details: JsonObject;
  /** Units by the meter's group-by keys; empty when it has none. */
  readonly groups: readonly UsageGroup[];
  readonly groupsCount: number;
}

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
  ports: UsagePorts & Pick<BillerPorts, 'finalInvoices'>,
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

interface Running {
  readonly billed: Billed;
  readonly due: ScheduledInvoice;
}

/** The period that a life is in; the first one before its start, null after its end. */
async function runningOf(
  ports: UsagePorts,
  subscription: BilledSubscription,
  now: Instant,
): Promise<Running | null> {
  const { endsAt, next } = subscription;
  if (endsAt !== null && endsAt <= now) return null;
  const billed = await loadBilled(ports, subscription);
  // The running period keeps the zone that it began in, also while those before it wait to be billed.
  const timezone = next?.timezone ?? subscription.timezone;
  const due = runningInvoice({ ...termsOf(billed), timezone }, next, now);
  return due === null ? null : { billed, due };
}

async function currentUsageOf(ports: UsagePorts, running: Running): Promise<CurrentUsage> {
  const { billed, due } = running;
  const { plan, subscription } = billed;
  const totals = await Promise.all(
    plan.charges.map((_, index) => readCharge(ports, billed, index, due.period)),
  );
  const charges = await Promise.all(totals.map((total) => inUse(ports, running, total)));
  const positions = totals.map(({ position }) => position);
  return {
    subscriptionId: subscription.externalId,
    customerId: subscription.customerId,
    from: due.period.from,
    to: due.period.to,
    currency: plan.currency,
    amount: charges.reduce((sum, charge) => sum + charge.amount, 0),
    charges,
    position: positions.length === 0 ? null : Math.min(...positions),
  };
}

async function inUse(
  ports: UsagePorts,
  { billed, due }: Running,
  usage: ChargeTotal,
): Promise<ChargeInUse> {
  const { plan, subscription } = billed;
  const line = chargeLine(plan, subscription.externalId, due.period, usage);
  const groups = await readGroups(ports, billed, usage.chargeIndex, due.period);
  const shown = [...groups]
    .sort((a, b) => b.eventsCount - a.eventsCount)
    .slice(0, GROUPS_SHOWN_MAX);
  return {
    meterCode: line.meterCode ?? '',
    model: chargeOf(plan, usage.chargeIndex).model,
    displayName: line.description,
    units: line.units,
    unitAmount: line.unitAmount,
    eventsCount: usage.total.eventsCount,
    amount: line.amount,
    details: line.details,
    groups: shown.map(({ group, value, eventsCount }) => ({
      group,
      units: toText(value),
      eventsCount,
    })),
    groupsCount: groups.length,
  };
}

async function readGroups(
  ports: UsagePorts,
  billed: Billed,
  chargeIndex: number,
  period: Period,
): Promise<readonly UsageTotal[]> {
  const meter = await meterOf(ports, billed, chargeIndex);
  if (meter.groupBy.length === 0) return [];
  const { tenant } = billed.subscription;
  const slices = slicesOf(billed, meter.code, period);
  const { totals } = await ports.readUsage({ tenant, meter, slices, groupBy: meter.groupBy });
  return totals;
}
