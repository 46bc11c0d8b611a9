import {
  attributedSlices,
  chargeOf,
  meterAt,
  partGroupOf,
  partKeyOf,
  partProperties,
  PRICE_PROPERTY,
  priceCharge,
  readsEvents,
  stretchOf,
  totalsOfEvents,
  windowEndOf,
  withUnused,
  type AttributedSubscription,
  type BilledSubscription,
  type Charge,
  type ChargeStretch,
  type ChargeTotal,
  type Instant,
  type Meter,
  type Period,
  type Plan,
  type PricedCharge,
  type PricingTerms,
  type TenantSettings,
  type UsageRequest,
  type UsageSlice,
  type UsageWeighting,
} from '@odometer/domain';
import type { UsagePorts } from './biller-ports.js';
import { NotBillable } from './billing-errors.js';

/** A subscription with its plan and with everything else of the customer that may have a claim on the same usage. */
export interface Billed {
  readonly subscription: BilledSubscription;
  readonly plan: Plan;
  readonly settings: TenantSettings;
  readonly ofCustomer: readonly {
    readonly subscription: BilledSubscription;
    readonly plan: Plan | null;
  }[];
}

/** What reading usage takes. */
export type ReadingPorts = Pick<UsagePorts, 'catalog' | 'readUsage' | 'readMeteredEvents'>;

/** What usage is read for: an amount so far, or what closes a period. */
export type ReadingTerms = Pick<PricingTerms, 'stretch' | 'closesPeriod'>;

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
  const settings = await ports.catalog.settings(tenant);
  return { subscription, plan, settings, ofCustomer };
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
    endedAt: usageEndOf(subscription),
    chargesMeter: plan?.charges.some((charge) => charge.meterCode === meterCode) ?? false,
  });
  const { endsAt } = billed.subscription;
  const to = period.to === endsAt ? (usageEndOf(billed.subscription) ?? period.to) : period.to;
  const usagePeriod = { from: period.from, to };
  return attributedSlices(claims(billed), billed.ofCustomer.map(claims), usagePeriod);
}

/** First instant whose usage is not the subscription's. One that was terminated takes the instant of its end with it. */
const usageEndOf = ({ endsAt, isTerminated }: BilledSubscription): Instant | null =>
  endsAt === null || !isTerminated ? endsAt : endsAt + 1;

/** The meters of charges, in their order. Throws NotBillable when there is none. */
async function metersOf(
  { catalog }: Pick<UsagePorts, 'catalog'>,
  { subscription, plan }: Billed,
  charges: readonly Charge[],
): Promise<Meter[]> {
  const codes = charges.map(({ meterCode }) => meterCode);
  const meters = await catalog.meters(subscription.tenant, codes);
  return meters.map((meter, i) => {
    if (meter !== null) return meter;
    throw new NotBillable(
      `plan ${plan.code} of subscription ${subscription.externalId} charges meter ${codes[i]}, which does not exist`,
    );
  });
}

/** How a period of the subscription lies in its full one. */
export const stretchOfPeriod = (
  { subscription, plan }: Billed,
  period: Period,
  timezone: string,
): ChargeStretch =>
  stretchOf(
    {
      interval: plan.interval,
      billingTime: subscription.billingTime,
      anchor: subscription.startedAt,
      timezone,
    },
    period,
  );

/** The usage of one charge in a stretch, priced as it is known now. */
export async function readCharge(
  ports: ReadingPorts,
  billed: Billed,
  chargeIndex: number,
  terms: ReadingTerms,
): Promise<PricedCharge> {
  const [meter] = await metersOf(ports, billed, [chargeOf(billed.plan, chargeIndex)]);
  return readMetered(ports, billed, { index: chargeIndex, meter: meter! }, terms);
}

async function readMetered(
  ports: ReadingPorts,
  billed: Billed,
  { index: chargeIndex, meter: whole }: { readonly index: number; readonly meter: Meter },
  { stretch, closesPeriod }: ReadingTerms,
): Promise<PricedCharge> {
  const charge = chargeOf(billed.plan, chargeIndex);
  const slices = slicesOf(billed, whole.code, stretch.period);
  const weighting = { period: stretch.period, full: stretch.full };
  // The version that is valid where the period ends is the one that the invoice names.
  const meter = meterAt(whole, windowEndOf({ slices, weighting }));
  const request = { tenant: billed.subscription.tenant, meter, slices, weighting };
  const read = readsEvents(charge)
    ? await readByEvents(ports, charge, request)
    : await readByTotals(ports, charge, request);
  return priceCharge(
    billed.plan,
    { chargeIndex, meter, ...read },
    { stretch, closesPeriod, unitRounding: billed.settings.rounding },
  );
}

type ChargeRequest = UsageRequest & { readonly weighting: UsageWeighting };
type Read = Pick<ChargeTotal, 'parts' | 'position' | 'cut'>;

async function readByTotals(
  ports: ReadingPorts,
  charge: Charge,
  request: ChargeRequest,
): Promise<Read> {
  const properties = partProperties(charge);
  const { totals, position, cut } = await ports.readUsage(
    properties.length === 0
      ? request
      : { ...request, groupBy: properties, regroup: partGroupOf(charge) },
  );
  const parts = totals.map((total) => ({ key: partKeyOf(total.group), total }));
  return { parts: withUnused(charge, parts), position, cut };
}

async function readByEvents(
  ports: ReadingPorts,
  charge: Charge,
  request: ChargeRequest,
): Promise<Read> {
  const groupBy = partProperties(charge);
  const properties = [...groupBy, PRICE_PROPERTY];
  const { events, position, cut } = await ports.readMeteredEvents({ ...request, properties });
  const grouped = totalsOfEvents(
    { ...request, groupBy, regroup: groupBy.length === 0 ? undefined : partGroupOf(charge) },
    events,
  );
  const parts = grouped.map(({ total, events: ofPart }) => ({
    key: partKeyOf(total.group),
    total,
    events: ofPart,
  }));
  return { parts: withUnused(charge, parts), position, cut };
}

/** All charges of the plan, in its order. */
export async function readCharges(
  ports: ReadingPorts,
  billed: Billed,
  terms: ReadingTerms,
): Promise<PricedCharge[]> {
  const meters = await metersOf(ports, billed, billed.plan.charges);
  // Asked all at once, so that they share what is read.
  return Promise.all(
    meters.map((meter, index) => readMetered(ports, billed, { index, meter }, terms)),
  );
}
