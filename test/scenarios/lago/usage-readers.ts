import type { Body } from '../scenario-tenant.js';
import type { Readers } from './compare.js';
import { firstSecondOf, lastSecondOf } from './whole-seconds.js';
import type { LagoStep } from './lago-scenario.js';

interface Measure {
  readonly units: string;
  readonly events_count: number;
  readonly amount: number;
}

interface FilterUsage extends Measure {
  readonly values: Readonly<Record<string, readonly string[]>> | null;
  readonly display_name: string | null;
}

interface GroupUsage extends Measure {
  readonly group: Readonly<Record<string, string | null>>;
}

interface ChargeUsage extends Measure {
  readonly meter_code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly filters: readonly FilterUsage[];
  readonly groups: readonly GroupUsage[];
}

/** What `current_usage` tells, by the names that Lago has for it. Single figures are those of the only charge. */
export function usageReaders(usage: Body, query: LagoStep['query'] = {}): Readers {
  const all = usage['charges'] as ChargeUsage[];
  const charges = all.filter(
    ({ meter_code }) =>
      query.filter_by_charge === undefined || meter_code === query.filter_by_charge,
  );
  const [charge] = charges;
  const groups = charges.flatMap((one) => one.groups.filter(isChosen(query)));
  return {
    units: () => charge?.units,
    events_count: () => charge?.events_count,
    amount_cents: () => charge?.amount,
    total_amount_cents: () => usage['amount'],
    total_aggregated_units: () => charge?.units,
    from_datetime: () => firstSecondOf(String(usage['from'])),
    to_datetime: () => lastSecondOf(String(usage['to'])),
    filters: (expected) => (expected as Body[]).map((one) => filterAs(charge?.filters ?? [], one)),
    filters_count_including_default: () => charge?.filters.length,
    fees: (expected) =>
      (expected as Body[]).map((one) => {
        const of = charges.find(({ meter_code }) => meter_code === one['charge']);
        const chosen = of?.groups.filter(isChosen(query)) ?? [];
        return { charge: of?.meter_code, ...measureOf(chosen[0]), rows: chosen.length };
      }),
    groups: () => groups.length,
    each: (expected) =>
      groups.map(measureOf).find((one) => !holds(one, expected as Body)) ?? measureOf(groups[0]),
  };
}

const isChosen =
  ({ filter_by_group: wanted }: NonNullable<LagoStep['query']>) =>
  ({ group }: GroupUsage): boolean =>
    Object.entries(wanted ?? {}).every(([key, values]) => values.includes(group[key] ?? ''));

/** The filter that an expectation is about: by its values, by its name, or the rest where the values are null. */
function filterAs(filters: readonly FilterUsage[], expected: Body): Body {
  const found = filters.find(({ values, display_name: name }) =>
    'name' in expected
      ? name === expected['name']
      : JSON.stringify(values) === JSON.stringify(expected['values']),
  );
  return { name: found?.display_name, values: found?.values, ...measureOf(found) };
}

const measureOf = (measure: Measure | undefined): Body => ({
  units: measure?.units,
  events_count: measure?.events_count,
  amount_cents: measure?.amount,
});

const holds = (actual: Body, expected: Body): boolean =>
  Object.entries(expected).every(([key, value]) => String(actual[key]) === String(value));
