import type { ChargeEstimate, EstimatedPart, JsonObject, PlanEstimate } from '@odometer/domain';
import { Type } from '@sinclair/typebox';
import { answer, Nullable } from '../http/answers.js';

const STEP = Type.Object({
  label: Type.String({ description: 'A range, a number of packages, what was free, …' }),
  units: Type.String(),
  unit_amount: Type.String(),
  flat_amount: Type.String(),
  amount: Type.String({ description: 'Exact, in major units; below zero where it takes away.' }),
});

const MEASURES = {
  units: Type.String(),
  events_count: Type.Integer(),
  amount: Type.Integer({ description: "In the currency's smallest unit." }),
};

const PART = Type.Object({
  filter: Nullable(Type.Record(Type.String(), Type.Array(Type.String()))),
  group: Type.Record(Type.String(), Nullable(Type.String())),
  ...MEASURES,
  unit_amount: Type.String({ description: 'Effective price of a unit, in major units.' }),
  exact_amount: Type.String({ description: 'In major units, before it is rounded.' }),
  steps: Type.Array(STEP),
});

export const EstimateAnswer = answer(
  'PriceEstimate',
  Type.Object({
    plan_code: Nullable(Type.String()),
    plan_version: Nullable(Type.Integer({ description: 'Null for a plan that was sent along.' })),
    currency: Type.String(),
    fee: Type.Integer({ description: 'What the plan costs whatever is used.' }),
    charges: Type.Array(
      Type.Object({
        meter_code: Type.String(),
        model: Type.String(),
        display_name: Nullable(Type.String()),
        ...MEASURES,
        adjustments: Type.Array(
          Type.Object({
            type: Type.String(),
            amount: Type.Integer({ description: 'Below zero where it takes off.' }),
          }),
          { description: 'What discounts, caps and minimums change; they are in the amount.' },
        ),
        parts: Type.Array(PART, {
          description:
            'One for each filter, the rest last; for a charge with groups, one for each filter and group that has usage. What is priced is in their steps.',
        }),
      }),
    ),
    charges_amount: Type.Integer(),
    total: Type.Integer({ description: 'The fee and the charges of a full period, before taxes.' }),
  }),
);

/** Which plan was priced. */
export interface PricedPlan {
  readonly code: string | null;
  readonly version: number | null;
  readonly currency: string;
}

export const estimateAnswer = (plan: PricedPlan, estimate: PlanEstimate): object => ({
  plan_code: plan.code,
  plan_version: plan.version,
  currency: plan.currency,
  fee: estimate.fee,
  charges: estimate.charges.map(chargeAnswer),
  charges_amount: estimate.chargesAmount,
  total: estimate.total,
});

const chargeAnswer = (estimate: ChargeEstimate): object => ({
  meter_code: estimate.charge.meterCode,
  model: estimate.charge.model,
  display_name: estimate.charge.displayName ?? null,
  units: estimate.units,
  events_count: estimate.eventsCount,
  amount: estimate.amount,
  adjustments: estimate.adjustments.map(({ code, amount }) => ({ type: code, amount })),
  parts: estimate.parts.map((part) => partAnswer(estimate, part)),
});

const partAnswer = ({ charge }: ChargeEstimate, part: EstimatedPart): JsonObject => ({
  filter:
    part.key.filter === null
      ? null
      : Object.fromEntries(
          Object.entries(charge.filters?.[part.key.filter]?.values ?? {}).map(([key, values]) => [
            key,
            [...values],
          ]),
        ),
  group: part.key.group,
  units: part.units,
  events_count: part.eventsCount,
  amount: part.amount,
  unit_amount: part.unitAmount,
  exact_amount: part.details['amount'] ?? '0',
  steps: part.details['steps'] ?? [],
});
