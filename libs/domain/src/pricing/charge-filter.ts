import { checkName } from '../kernel/field-check.js';
import type { FieldError } from '../kernel/rule-broken.js';
import type { UsageTotal } from '../metering/usage-slice.js';
import type { Charge, ChargeFilter } from './charge.js';

/** As the only value of a filter's key: whatever the value, so long as the record has one. */
export const ALL_VALUES = '__ALL_FILTER_VALUES__';

export const CHARGE_FILTERS_MAX = 100;
export const CHARGE_FILTER_KEYS_MAX = 10;
export const CHARGE_FILTER_VALUES_MAX = 100;
export const CHARGE_GROUP_KEYS_MAX = 5;

/** Stands among the values of a part's group for the filter; no property has an empty name. */
const FILTER_KEY = '';

/** What is priced on its own within a charge: the records of one filter (null: of none) that have the same group values. */
export interface PartKey {
  readonly filter: number | null;
  readonly group: UsageTotal['group'];
}

/** The properties that a charge tells records apart by; none for most charges. */
export function partProperties({ filters = [], groupBy = [] }: Charge): string[] {
  return [...new Set([...groupBy, ...filters.flatMap(({ values }) => Object.keys(values))])];
}

/** Puts records into parts by their values of `partProperties`; the answer is a usage group that `partKeyOf` reads. */
export function partGroupOf(charge: Charge): (values: UsageTotal['group']) => UsageTotal['group'] {
  const { groupBy = [], filters = [] } = charge;
  const ranked = rankedFilters(filters);
  return (values) => {
    const group = groupBy.map((key): [string, string | null] => [key, values[key] ?? null]);
    if (filters.length === 0) return Object.fromEntries(group);
    const found = ranked.find(({ filter }) => matches(filter, values));
    return Object.fromEntries([...group, [FILTER_KEY, found ? String(found.index) : null]]);
  };
}

export function partKeyOf(values: UsageTotal['group']): PartKey {
  const { [FILTER_KEY]: filter, ...group } = values;
  return { filter: filter == null ? null : Number(filter), group };
}

/**
 * The most specific filter first: more keys, then fewer values, so that a filter whose values are among another's takes the
 * records from it; then the one listed first.
 */
function rankedFilters(
  filters: readonly ChargeFilter[],
): { readonly filter: ChargeFilter; readonly index: number }[] {
  return filters
    .map((filter, index) => ({ filter, index, ...specificity(filter) }))
    .sort((a, b) => b.keys - a.keys || a.combinations - b.combinations || a.index - b.index);
}

function specificity({ values }: ChargeFilter): { keys: number; combinations: number } {
  const lists = Object.values(values);
  const combinations = lists.reduce(
    (product, list) => product * (list.includes(ALL_VALUES) ? Infinity : list.length),
    1,
  );
  return { keys: lists.length, combinations };
}

const matches = ({ values }: ChargeFilter, of: UsageTotal['group']): boolean =>
  Object.entries(values).every(([key, allowed]) => {
    const value = of[key] ?? null;
    return value !== null && (allowed.includes(ALL_VALUES) || allowed.includes(value));
  });

/** What is wrong with the filters and group keys of a charge, but for the filters' properties. */
export function checkParts({ filters = [], groupBy = [] }: Charge, pointer: string): FieldError[] {
  return [
    ...checkAtMost(filters.length, CHARGE_FILTERS_MAX, `${pointer}/filters`),
    ...filters.flatMap((filter, index) => checkFilter(filter, `${pointer}/filters/${index}`)),
    ...checkAtMost(groupBy.length, CHARGE_GROUP_KEYS_MAX, `${pointer}/group_by`),
    ...groupBy.flatMap((_, index) => checkGroupKey(groupBy, index, `${pointer}/group_by/${index}`)),
  ];
}

function checkFilter({ values, displayName }: ChargeFilter, pointer: string): FieldError[] {
  const entries = Object.entries(values);
  const nothing = {
    pointer: `${pointer}/values`,
    code: 'too_few',
    detail: 'A filter names at least one property with its values.',
  };
  return [
    ...(entries.length === 0 ? [nothing] : []),
    ...checkAtMost(entries.length, CHARGE_FILTER_KEYS_MAX, `${pointer}/values`),
    ...entries.flatMap(([key, list]) => checkValues(key, list, `${pointer}/values`)),
    ...(displayName === undefined ? [] : checkName(displayName, `${pointer}/display_name`)),
  ];
}

function checkValues(key: string, list: readonly string[], pointer: string): FieldError[] {
  const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (list.length === 0) {
    return [{ pointer: at, code: 'too_few', detail: 'A filter lists at least one value.' }];
  }
  return [...checkName(key, at), ...checkAtMost(list.length, CHARGE_FILTER_VALUES_MAX, at)];
}

function checkGroupKey(keys: readonly string[], index: number, pointer: string): FieldError[] {
  const key = keys[index] as string;
  if (keys.indexOf(key) === index) return checkName(key, pointer);
  return [{ pointer, code: 'repeated', detail: `${JSON.stringify(key)} is listed already.` }];
}

function checkAtMost(count: number, max: number, pointer: string): FieldError[] {
  if (count <= max) return [];
  return [{ pointer, code: 'too_many', detail: `Must be at most ${max}, and is ${count}.` }];
}
