import type { CurrentUsage, FilterInUse, PastUsage } from '@odometer/billing';
import { toIso } from '@odometer/domain';
import { Type } from '@sinclair/typebox';
import { answer, InstantText, Nullable, pageOf } from '../http/answers.js';

const FILTER = Type.Object({
  values: Nullable(Type.Record(Type.String(), Type.Array(Type.String()))),
  display_name: Nullable(Type.String()),
  units: Type.String(),
  events_count: Type.Integer(),
  amount: Type.Integer(),
});

const CURRENT_USAGE = {
  subscription_id: Type.String(),
  customer_id: Type.String(),
  from: InstantText('Start of the running period.'),
  to: InstantText('End of the running period.'),
  currency: Type.String(),
  amount: Type.Integer({ description: "Charges so far, in the currency's smallest unit." }),
  charges: Type.Array(
    Type.Object({
      meter_code: Type.String(),
      model: Type.String(),
      display_name: Type.String(),
      units: Type.String(),
      unit_amount: Type.String({ description: 'Effective price of a unit, in major units.' }),
      events_count: Type.Integer(),
      amount: Type.Integer(),
      details: Type.Record(Type.String(), Type.Any()),
      filters: Type.Array(FILTER, {
        description: "One for each of the charge's filters, the rest last.",
      }),
      groups: Type.Array(
        Type.Object({
          group: Type.Record(Type.String(), Nullable(Type.String())),
          units: Type.String(),
          events_count: Type.Integer(),
          amount: Nullable(
            Type.Integer({ description: 'For groups of the charge; null for those of the meter.' }),
          ),
          filters: Type.Array(FILTER),
        }),
      ),
      groups_count: Type.Integer({ description: 'All groups; the busiest are listed.' }),
    }),
  ),
  position: Nullable(
    Type.Integer({ description: 'Log position that the figures reflect at least.' }),
  ),
};

export const CurrentUsageAnswer = answer('CurrentUsage', Type.Object(CURRENT_USAGE));

export const CustomerUsageAnswer = answer(
  'CustomerCurrentUsage',
  Type.Object({
    ...Object.fromEntries(
      Object.entries(CURRENT_USAGE).map(([name, schema]) => [name, Nullable(schema)]),
    ),
    customer_id: Type.String(),
    subscriptions: Type.Array(Type.Object(CURRENT_USAGE), {
      description: 'One for each running subscription. The fields beside repeat the first of them.',
    }),
  }),
);

/** Most customers have one subscription, and find it where that of a subscription stands. */
export const customerUsageAnswer = (
  customerId: string,
  usages: readonly CurrentUsage[],
): object => {
  const subscriptions = usages.map(currentUsageAnswer);
  return { ...NO_USAGE, ...subscriptions[0], customer_id: customerId, subscriptions };
};

const NO_USAGE = {
  subscription_id: null,
  from: null,
  to: null,
  currency: null,
  amount: null,
  charges: null,
  position: null,
};

export const currentUsageAnswer = (usage: CurrentUsage): object => ({
  subscription_id: usage.subscriptionId,
  customer_id: usage.customerId,
  from: toIso(usage.from),
  to: toIso(usage.to),
  currency: usage.currency,
  amount: usage.amount,
  charges: usage.charges.map((charge) => ({
    meter_code: charge.meterCode,
    model: charge.model,
    display_name: charge.displayName,
    units: charge.units,
    unit_amount: charge.unitAmount,
    events_count: charge.eventsCount,
    amount: charge.amount,
    details: charge.details,
    filters: charge.filters.map(filterAnswer),
    groups: charge.groups.map(({ group, units, eventsCount, amount, filters }) => ({
      group,
      units,
      events_count: eventsCount,
      amount,
      filters: filters.map(filterAnswer),
    })),
    groups_count: charge.groupsCount,
  })),
  position: usage.position,
});

const filterAnswer = (filter: FilterInUse): object => ({
  values: filter.values,
  display_name: filter.displayName,
  units: filter.units,
  events_count: filter.eventsCount,
  amount: filter.amount,
});

const PastUsageAnswer = answer(
  'PastUsage',
  Type.Object({
    subscription_id: Type.String(),
    invoice_id: Type.String(),
    invoice_number: Type.String(),
    from: InstantText('Start of the period.'),
    to: InstantText('End of the period.'),
    currency: Type.String(),
    amount: Type.Integer({ description: 'Sum of the charges, without fees and true-ups.' }),
    charges: Type.Array(
      Type.Object({
        meter_code: Type.String(),
        units: Nullable(Type.String()),
        events_count: Type.Integer(),
        amount: Type.Integer(),
      }),
    ),
  }),
);

export const PastUsagePage = pageOf('PastUsage', PastUsageAnswer);

export const pastUsageAnswer = (past: PastUsage): object => ({
  subscription_id: past.subscriptionId,
  invoice_id: past.invoiceId,
  invoice_number: past.number,
  from: toIso(past.period.from),
  to: toIso(past.period.to),
  currency: past.currency,
  amount: past.amount,
  charges: past.charges.map(({ meterCode, eventsCount, line }) => ({
    meter_code: meterCode,
    units: line?.units ?? null,
    events_count: eventsCount,
    amount: line?.amount ?? 0,
  })),
});
