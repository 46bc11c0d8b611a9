import type { LagoCharge, LagoGiven, LagoMetric, LagoPlan, LagoRange } from './lago-scenario.js';

/** The bodies of `POST /v1/meters` and `POST /v1/plans` for what a scenario gives. */

const AGGREGATIONS: Readonly<Record<string, string>> = {
  count_agg: 'count',
  sum_agg: 'sum',
  latest_agg: 'latest',
  max_agg: 'max',
  unique_count_agg: 'unique_count',
  weighted_sum_agg: 'weighted_sum',
};

const INTERVALS: Readonly<Record<string, string>> = {
  weekly: 'week',
  monthly: 'month',
  quarterly: 'quarter',
  semiannual: 'half_year',
  yearly: 'year',
};

/** The properties of a model that have the same names here. */
const PLAIN_PROPERTIES = [
  'amount',
  'package_size',
  'free_units',
  'rate',
  'fixed_amount',
  'free_units_per_events',
  'free_units_per_total_aggregation',
  'per_transaction_min_amount',
  'per_transaction_max_amount',
] as const;

export const meterOf = (metric: LagoMetric): object => ({
  code: metric.code,
  aggregation: {
    type: known(AGGREGATIONS, metric.aggregation_type),
    ...(metric.field_name === undefined || metric.aggregation_type === 'count_agg'
      ? {}
      : { field: metric.field_name }),
  },
  ...(metric.recurring === true ? { recurring: true } : {}),
});

/** The plan, and the one to change to where there is one. */
export const plansOf = ({ plan, charges, plan_2: other }: LagoGiven): object[] => [
  planOf('plan', plan, charges),
  ...(other ? [planOf('plan_2', plan, other.charges)] : []),
];

const planOf = (code: string, plan: LagoPlan, charges: readonly LagoCharge[]): object => ({
  code,
  name: code,
  currency: plan.amount_currency ?? 'EUR',
  interval: known(INTERVALS, plan.interval),
  amount: plan.amount_cents,
  pay_in_advance: plan.pay_in_advance,
  charges: charges.map(chargeOf),
});

const chargeOf = (charge: LagoCharge): object => ({
  meter_code: charge.metric,
  model: charge.model,
  properties: propertiesOf(charge),
  ...(charge.pay_in_advance === true ? { pay_in_advance: true } : {}),
  ...(charge.invoiceable === false ? { invoiceable: false } : {}),
  ...(charge.regroup_paid_fees === 'invoice' ? { regroup_paid_fees: true } : {}),
  ...(charge.prorated === true ? { prorated: true } : {}),
  ...(charge.min_amount_cents === undefined ? {} : { min_amount: charge.min_amount_cents }),
  ...(charge.pricing_group_keys ? { group_by: charge.pricing_group_keys } : {}),
  ...(charge.filters
    ? {
        filters: charge.filters.map(({ name, values, amount }) => ({
          values,
          properties: { amount },
          ...(name === undefined ? {} : { display_name: name }),
        })),
      }
    : {}),
});

function propertiesOf(charge: LagoCharge): object {
  if (charge.ranges) return { [`${charge.model}_ranges`]: charge.ranges.map(rangeOf) };
  return Object.fromEntries(
    PLAIN_PROPERTIES.flatMap((name) =>
      charge[name] === undefined ? [] : [[name, charge[name]] as const],
    ),
  );
}

const rangeOf = ({ from, to, per_unit, flat, rate }: LagoRange): object => ({
  from_value: from,
  to_value: to,
  flat_amount: flat,
  ...(rate === undefined ? { per_unit_amount: per_unit } : { rate }),
});

function known(names: Readonly<Record<string, string>>, name: string): string {
  const here = names[name];
  if (here === undefined) throw new Error(`a scenario says ${name}, which is not known`);
  return here;
}
