import type { Charge, Entitlement, Plan } from '@odometer/domain';
import { Type, type Static } from '@sinclair/typebox';
import { answer, Nullable, pageOf } from '../http/answers.js';

export const PlanAnswer = answer(
  'Plan',
  Type.Object({
    code: Type.String(),
    version: Type.Integer({ description: 'Rises with every change.' }),
    name: Type.String(),
    currency: Type.String(),
    interval: Type.String(),
    amount: Type.Integer({ description: "In the currency's smallest unit." }),
    pay_in_advance: Type.Boolean(),
    charges: Type.Array(
      Type.Object({
        meter_code: Type.String(),
        model: Type.String(),
        properties: Type.Record(Type.String(), Type.Any()),
        display_name: Nullable(Type.String()),
        filters: Type.Array(
          Type.Object({
            values: Type.Record(Type.String(), Type.Array(Type.String())),
            properties: Type.Record(Type.String(), Type.Any()),
            display_name: Nullable(Type.String()),
          }),
        ),
        group_by: Type.Array(Type.String()),
        adjustments: Type.Array(
          Type.Object({
            type: Type.String(),
            properties: Type.Record(Type.String(), Type.Any()),
          }),
        ),
        min_amount: Type.Integer(),
        pay_in_advance: Type.Boolean(),
        invoiceable: Type.Boolean(),
        regroup_paid_fees: Type.Boolean(),
        prorated: Type.Boolean(),
      }),
    ),
    entitlements: Type.Array(
      Type.Object({
        feature_code: Type.String(),
        amount: Nullable(Type.String()),
        unlimited: Type.Boolean(),
        enabled: Type.Boolean(),
        reset: Nullable(Type.Object({ interval: Type.String(), count: Type.Integer() })),
      }),
    ),
  }),
);

export const PlanPage = pageOf('Plan', PlanAnswer);

export const planAnswer = (plan: Plan): Static<typeof PlanAnswer> => ({
  code: plan.code,
  version: plan.version,
  name: plan.name,
  currency: plan.currency,
  interval: plan.interval,
  amount: plan.amount,
  pay_in_advance: plan.payInAdvance,
  charges: plan.charges.map(chargeAnswer),
  entitlements: plan.entitlements.map(entitlementAnswer),
});

const chargeAnswer = (charge: Charge): Static<typeof PlanAnswer>['charges'][number] => ({
  meter_code: charge.meterCode,
  model: charge.model,
  properties: charge.properties,
  display_name: charge.displayName ?? null,
  filters: (charge.filters ?? []).map(({ values, properties, displayName }) => ({
    values: Object.fromEntries(Object.entries(values).map(([key, list]) => [key, [...list]])),
    properties,
    display_name: displayName ?? null,
  })),
  group_by: [...(charge.groupBy ?? [])],
  adjustments: (charge.adjustments ?? []).map(({ type, properties }) => ({ type, properties })),
  min_amount: charge.minAmount ?? 0,
  pay_in_advance: charge.payInAdvance ?? false,
  invoiceable: charge.invoiceable ?? true,
  regroup_paid_fees: charge.regroupPaidFees ?? false,
  prorated: charge.prorated ?? false,
});

const entitlementAnswer = (
  entitlement: Entitlement,
): Static<typeof PlanAnswer>['entitlements'][number] => ({
  feature_code: entitlement.featureCode,
  amount: entitlement.amount ?? null,
  unlimited: entitlement.grant === 'unlimited',
  enabled: entitlement.grant === 'flag',
  reset: entitlement.reset ? { ...entitlement.reset } : null,
});
