import type { Plan } from '../catalog/plan.js';
import { toText } from '../kernel/decimal.js';
import { toIso, type Period } from '../kernel/instant.js';
import type { JsonObject } from '../kernel/json.js';
import { toMajor } from '../kernel/money.js';
import type { UsageTotal } from '../metering/usage-slice.js';
import type { Charge } from '../pricing/charge.js';
import type { PartKey } from '../pricing/charge-filter.js';
import type { CountedUsage, InvoiceLine, LineProvenance } from './invoice-events.js';
import type { PricedAdjustment } from '../pricing/adjustments/adjust-charge.js';
import {
  detailsOf,
  unitAmountOf,
  type ChargeTotal,
  type PricedCharge,
  type PricedPart,
} from './priced-charge.js';

/** Where lines stand. */
export interface LineContext {
  readonly plan: Plan;
  readonly subscriptionId: string;
  readonly period: Period;
}

/** One line for each part of a charge that costs something, and one for each adjustment that changes something. */
export function chargeLines(context: LineContext, priced: PricedCharge): InvoiceLine[] {
  return [
    ...priced.parts
      .filter(({ amount }) => amount !== 0)
      .map((part) => partLine(context, priced, part)),
    ...priced.adjustments
      .filter(({ amount }) => amount !== 0)
      .map((adjustment) => adjustmentLine(context, priced, adjustment)),
  ];
}

const partLine = (context: LineContext, priced: PricedCharge, part: PricedPart): InvoiceLine =>
  lineOfPart(context, priced, part, {
    units: toText(part.units),
    unitAmount: unitAmountOf(part),
    amount: part.amount,
    details: detailsOf(part),
  });

/** A line about what `worth` says of a part; the part's filter and group come behind the details. */
export function lineOfPart(
  context: LineContext,
  { charge, usage }: PricedCharge,
  { part: { key, total } }: PricedPart,
  worth: Pick<InvoiceLine, 'units' | 'unitAmount' | 'amount' | 'details'>,
): InvoiceLine {
  return {
    ...lineOf(context, charge),
    type: 'charge',
    description: partName(charge, key),
    ...worth,
    details: { ...worth.details, ...keyDetails(charge, key) },
    provenance: provenanceOf(context.plan, usage, total),
  };
}

/** What comes on top is a true-up; what is taken off is a line of the charge below zero. */
function adjustmentLine(
  context: LineContext,
  priced: PricedCharge,
  { code, amount, before }: PricedAdjustment,
): InvoiceLine {
  const { charge, usage, eventsCount, digest } = priced;
  const { currency } = context.plan;
  return {
    ...lineOf(context, charge),
    type: amount > 0 ? 'true_up' : 'charge',
    description: `${chargeName(charge)}: ${code.replaceAll('_', ' ')}`,
    units: '1',
    unitAmount: toText(toMajor(amount, currency)),
    amount,
    details: {
      adjustment: code,
      before: toText(toMajor(before, currency)),
      after: toText(toMajor(before + amount, currency)),
    },
    provenance: provenanceOf(context.plan, usage, { eventsCount, digest }),
  };
}

/** What is left to bill of a charge that is paid in advance when its period ends; null when that is nothing. */
export function restLine(
  context: LineContext,
  priced: PricedCharge,
  billed: number,
): InvoiceLine | null {
  const amount = priced.amount - billed;
  if (amount === 0) return null;
  const { charge, usage, eventsCount, digest } = priced;
  const { currency } = context.plan;
  return {
    ...lineOf(context, charge),
    type: 'charge',
    description: `${chargeName(charge)}: not billed before`,
    units: '1',
    unitAmount: toText(toMajor(amount, currency)),
    amount,
    details: {
      worth: toText(toMajor(priced.amount, currency)),
      billed: toText(toMajor(billed, currency)),
    },
    provenance: provenanceOf(context.plan, usage, { eventsCount, digest }),
  };
}

/** What a closed period is worth now against what was billed for it so far. */
export interface TrueUp {
  /** The plan that the old period was billed on. */
  readonly plan: Plan;
  readonly period: Period;
  readonly priced: PricedCharge;
  /** What the charge came to on the old invoice, and on true-ups since. */
  readonly billed: number;
  readonly invoiceId: string;
  readonly number: string;
}

/** The difference as a line of its own that names the old invoice; null when there is none. */
export function trueUpLine(subscriptionId: string, trueUp: TrueUp): InvoiceLine | null {
  const { plan, period, priced, billed } = trueUp;
  const amount = priced.amount - billed;
  if (amount === 0) return null;
  const { charge, usage, eventsCount, digest } = priced;
  return {
    ...lineOf({ plan, subscriptionId, period }, charge),
    type: 'true_up',
    description: `${chargeName(charge)}: late usage of invoice ${trueUp.number}`,
    units: '1',
    unitAmount: toText(toMajor(amount, plan.currency)),
    amount,
    details: {
      invoice_id: trueUp.invoiceId,
      invoice_number: trueUp.number,
      worth: toText(toMajor(priced.amount, plan.currency)),
      billed: toText(toMajor(billed, plan.currency)),
      parts: priced.parts.map((part) => ({
        ...keyDetails(charge, part.part.key),
        units: toText(part.units),
        price: detailsOf(part),
      })),
    },
    provenance: provenanceOf(plan, usage, { eventsCount, digest }),
  };
}

/** What an invoice keeps of a charge, also where it has no line. */
export const countedOf = ({
  charge,
  usage,
  amount,
  eventsCount,
  digest,
}: PricedCharge): CountedUsage => ({
  chargeIndex: usage.chargeIndex,
  meterCode: charge.meterCode,
  meterVersion: usage.meter.version,
  recordCount: eventsCount,
  digest,
  amount,
});

export const chargeName = (charge: Charge): string => charge.displayName ?? charge.meterCode;

/** The charge's name, then the filter's, then the values of the group. */
export function partName(charge: Charge, { filter, group }: PartKey): string {
  const chosen = filter === null ? undefined : charge.filters?.[filter];
  const filterName =
    chosen?.displayName ??
    Object.values(chosen?.values ?? {})
      .map((values) => values.join(', '))
      .join(' · ');
  const groupName = Object.entries(group)
    .map(([key, value]) => `${key}: ${value ?? '–'}`)
    .join(', ');
  return [chargeName(charge), filterName, groupName].filter((part) => part !== '').join(' • ');
}

function keyDetails(charge: Charge, { filter, group }: PartKey): JsonObject {
  const values = filter === null ? undefined : charge.filters?.[filter]?.values;
  return {
    ...(values === undefined
      ? {}
      : {
          filter: Object.fromEntries(Object.entries(values).map(([key, list]) => [key, [...list]])),
        }),
    ...(Object.keys(group).length === 0 ? {} : { group: { ...group } }),
  };
}

const lineOf = (
  { subscriptionId, period }: LineContext,
  { meterCode }: Charge,
): Pick<InvoiceLine, 'subscriptionId' | 'meterCode' | 'period'> => ({
  subscriptionId,
  meterCode,
  period: { from: toIso(period.from), to: toIso(period.to) },
});

function provenanceOf(
  plan: Plan,
  usage: ChargeTotal,
  { eventsCount, digest }: Pick<UsageTotal, 'eventsCount' | 'digest'>,
): LineProvenance {
  return {
    meterVersion: usage.meter.version,
    planCode: plan.code,
    planVersion: plan.version,
    chargeIndex: usage.chargeIndex,
    position: usage.position,
    cut: usage.cut,
    recordCount: eventsCount,
    digest,
  };
}
