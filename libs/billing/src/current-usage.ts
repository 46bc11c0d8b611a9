import type { Instant, PricedCharge, UsageTotal } from '@odometer/domain';
import type { UsagePorts } from './biller-ports.js';
import { inUse, type ChargeInUse } from './charge-in-use.js';
import { readCharges, slicesOf, stretchOfPeriod } from './read-charges.js';
import type { Running } from './running-period.js';

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

/** A priced charge, and its units by the meter's group-by keys where the charge has none of its own. */
export interface UsedCharge {
  readonly priced: PricedCharge;
  readonly ofMeter: readonly UsageTotal[];
}

/** The usage of the running period, as it is shown. */
export function currentUsage({ billed, due }: Running, used: readonly UsedCharge[]): CurrentUsage {
  const { plan, subscription } = billed;
  const positions = used.map(({ priced }) => priced.usage.position);
  return {
    subscriptionId: subscription.externalId,
    customerId: subscription.customerId,
    from: due.period.from,
    to: due.period.to,
    currency: plan.currency,
    amount: used.reduce((sum, { priced }) => sum + priced.amount, 0),
    charges: used.map(({ priced, ofMeter }) => inUse(priced, ofMeter)),
    position: positions.length === 0 ? null : Math.min(...positions),
  };
}

/** All charges of the plan, priced so far. */
export async function readUsed(ports: UsagePorts, running: Running): Promise<UsedCharge[]> {
  const { billed, due } = running;
  const stretch = stretchOfPeriod(billed, due.period, due.timezone);
  const charges = await readCharges(ports, billed, { stretch, closesPeriod: false });
  return Promise.all(
    charges.map(async (priced) => ({ priced, ofMeter: await readGroups(ports, running, priced) })),
  );
}

async function readGroups(
  ports: UsagePorts,
  { billed, due }: Running,
  { charge, usage }: PricedCharge,
): Promise<readonly UsageTotal[]> {
  if (charge.groupBy !== undefined && charge.groupBy.length > 0) return [];
  if (usage.meter.groupBy.length === 0) return [];
  const { tenant } = billed.subscription;
  const slices = slicesOf(billed, usage.meter.code, due.period);
  const { totals } = await ports.readUsage({
    tenant,
    meter: usage.meter,
    slices,
    groupBy: usage.meter.groupBy,
    weighting: due,
  });
  return totals;
}
