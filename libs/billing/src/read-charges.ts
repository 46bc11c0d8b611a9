import {
  attributedSlices,
  chargeOf,
  type AttributedSubscription,
  type BilledSubscription,
  type ChargeTotal,
  type Meter,
  type Period,
  type Plan,
  type UsageSlice,
} from '@odometer/domain';
import type { UsagePorts } from './biller-ports.js';
import { NotBillable } from './billing-errors.js';

/** A subscription with its plan and with everything else of the customer that may have a claim on the same usage. */
export interface Billed {
  readonly subscription: BilledSubscription;
  readonly plan: Plan;
  readonly ofCustomer: readonly {
    readonly subscription: BilledSubscription;
    readonly plan: Plan | null;
  }[];
}

/** Loads what billing a subscription needs. Throws NotBillable when its plan is not known. */
export async function loadBilled(
  ports: Pick<UsagePorts, 'schedule' | 'catalog'>,
  subscription: BilledSubscription,
): Promise<Billed> {
  const { tenant, customerId, planCode, planVersion, externalId } = subscription;
  const plan = await ports.catalog.plan(tenant, planCode, planVersion);
  if (plan === null) {
    throw new NotBillable(
      `subscription ${externalId} is on plan ${planCode} version ${planVersion}, which does not exist`,
    );
  }
  const siblings = await ports.schedule.subscriptionsOf(tenant, customerId);
  const ofCustomer = await Promise.all(
    siblings.map(async (sibling) => ({
      subscription: sibling,
      plan: await ports.catalog.plan(tenant, sibling.planCode, sibling.planVersion),
    })),
  );
  return { subscription, plan, ofCustomer };
}

/** Whose usage of the meter is the subscription's in the period. */
export function slicesOf(billed: Billed, meterCode: string, period: Period): UsageSlice[] {
  const claims = ({
    subscription,
    plan,
  }: Billed['ofCustomer'][number]): AttributedSubscription => ({
    customerId: subscription.customerId,
    externalId: subscription.externalId,
    incarnation: subscription.incarnation,
    startedAt: subscription.startedAt,
    endedAt: subscription.endsAt,
    chargesMeter: plan?.charges.some((charge) => charge.meterCode === meterCode) ?? false,
  });
  return attributedSlices(claims(billed), billed.ofCustomer.map(claims), period);
}

/** The meter of a charge. Throws NotBillable when there is none. */
export async function meterOf(
  { catalog }: Pick<UsagePorts, 'catalog'>,
  { subscription, plan }: Billed,
  chargeIndex: number,
): Promise<Meter> {
  const { meterCode } = chargeOf(plan, chargeIndex);
  const meter = await catalog.meter(subscription.tenant, meterCode);
  if (meter !== null) return meter;
  throw new NotBillable(
    `plan ${plan.code} of subscription ${subscription.externalId} charges meter ${meterCode}, which does not exist`,
  );
}

/** The usage of one charge in a period, as it is known now. */
export async function readCharge(
  ports: Pick<UsagePorts, 'catalog' | 'readUsage'>,
  billed: Billed,
  chargeIndex: number,
  period: Period,
): Promise<ChargeTotal> {
  const meter = await meterOf(ports, billed, chargeIndex);
  const slices = slicesOf(billed, meter.code, period);
  const { tenant } = billed.subscription;
  const { totals, position, cut } = await ports.readUsage({ tenant, meter, slices });
  const [total] = totals;
  if (total === undefined || totals.length > 1) {
    throw new Error(`one total of meter ${meter.code} was asked for, ${totals.length} came back`);
  }
  return { chargeIndex, meterVersion: meter.version, total, position, cut };
}

/** All charges of the plan, in its order. */
export const readCharges = (
  ports: Pick<UsagePorts, 'catalog' | 'readUsage'>,
  billed: Billed,
  period: Period,
): Promise<ChargeTotal[]> =>
  Promise.all(billed.plan.charges.map((_, index) => readCharge(ports, billed, index, period)));
