import type { ChargeInUse, FilterInUse, GroupInUse, ProjectedUsage } from '@odometer/billing';
import { toIso } from '@odometer/domain';
import { Type } from '@sinclair/typebox';
import { answer, InstantText, Nullable } from '../http/answers.js';

const SHARE = {
  units: Type.String({ description: 'Units so far.' }),
  projected_units: Type.String({ description: 'Units at the end of the period.' }),
  events_count: Type.Integer({ description: 'Records so far.' }),
};

const PRICED_SHARE = {
  ...SHARE,
  amount: Type.Integer({
    description: "What they come to so far, in the currency's smallest unit.",
  }),
  projected_amount: Type.Integer({ description: 'What they come to at the end of the period.' }),
};

const FILTER = Type.Object({
  values: Nullable(Type.Record(Type.String(), Type.Array(Type.String()))),
  display_name: Nullable(Type.String()),
  ...PRICED_SHARE,
});

const PROJECTED_USAGE = Type.Object({
  subscription_id: Type.String(),
  customer_id: Type.String(),
  from: InstantText('Start of the running period.'),
  to: InstantText('End of the running period.'),
  elapsed_ms: Type.Integer({ description: 'How much of the period is over.' }),
  length_ms: Type.Integer({ description: 'How long the period is.' }),
  currency: Type.String(),
  amount: Type.Integer({ description: "Charges so far, in the currency's smallest unit." }),
  projected_amount: Type.Integer({
    description: 'Charges at the end of the period, least amounts included.',
  }),
  charges: Type.Array(
    Type.Object({
      meter_code: Type.String(),
      model: Type.String(),
      display_name: Type.String(),
      ...PRICED_SHARE,
      filters: Type.Array(FILTER, {
        description: "One for each of the charge's filters, the rest last.",
      }),
      groups: Type.Array(
        Type.Object({
          group: Type.Record(Type.String(), Nullable(Type.String())),
          ...SHARE,
          amount: Nullable(
            Type.Integer({ description: 'For groups of the charge; null for those of the meter.' }),
          ),
          projected_amount: Nullable(Type.Integer()),
          filters: Type.Array(FILTER),
        }),
      ),
      groups_count: Type.Integer({ description: 'All groups; the busiest are listed.' }),
    }),
  ),
  position: Nullable(
    Type.Integer({ description: 'Log position that the figures reflect at least.' }),
  ),
});

export const ProjectedUsageAnswer = answer('ProjectedUsage', PROJECTED_USAGE);

export const CustomerProjectionAnswer = answer(
  'CustomerProjectedUsage',
  Type.Object({
    customer_id: Type.String(),
    subscriptions: Type.Array(PROJECTED_USAGE, {
      description: 'One for each running subscription.',
    }),
  }),
);

export const projectedUsageAnswer = (usage: ProjectedUsage): object => ({
  subscription_id: usage.subscriptionId,
  customer_id: usage.customerId,
  from: toIso(usage.from),
  to: toIso(usage.to),
  elapsed_ms: usage.over.elapsed,
  length_ms: usage.over.length,
  currency: usage.currency,
  amount: usage.amount,
  projected_amount: usage.projected.amount,
  charges: usage.charges.map((charge, i) => chargeAnswer(charge, usage.projected.charges[i]!)),
  position: usage.position,
});

const chargeAnswer = (charge: ChargeInUse, projected: ChargeInUse): object => ({
  meter_code: charge.meterCode,
  model: charge.model,
  display_name: charge.displayName,
  ...shareAnswer(charge, projected),
  filters: filtersAnswer(charge.filters, projected.filters),
  groups: charge.groups.map((group, i) => groupAnswer(group, projected.groups[i]!)),
  groups_count: charge.groupsCount,
});

const groupAnswer = (group: GroupInUse, projected: GroupInUse): object => ({
  group: group.group,
  ...shareAnswer(group, projected),
  filters: filtersAnswer(group.filters, projected.filters),
});

const filtersAnswer = (
  filters: readonly FilterInUse[],
  projected: readonly FilterInUse[],
): object[] =>
  filters.map((filter, i) => ({
    values: filter.values,
    display_name: filter.displayName,
    ...shareAnswer(filter, projected[i]!),
  }));

type Share = Pick<GroupInUse, 'units' | 'eventsCount' | 'amount'>;

const shareAnswer = (soFar: Share, projected: Share): object => ({
  units: soFar.units,
  projected_units: projected.units,
  events_count: soFar.eventsCount,
  amount: soFar.amount,
  projected_amount: projected.amount,
});
