import { checkCode, checkInteger, checkName } from '../kernel/field-check.js';
import type { JsonObject } from '../kernel/json.js';
import type { FieldError } from '../kernel/rule-broken.js';
import { propertiesCheck } from '../kernel/schema-check.js';
import type { Aggregation } from './aggregation.js';
import { aggregations, findAggregation } from './aggregations/registry.js';
import { recordExpressionProblem } from './expression/record-expression.js';
import type { Meter, MeterAggregation } from './meter.js';

/** A meter as it is asked for; its version, and which versions are valid when, is given by the decision. */
export type MeterDefinition = Omit<Meter, 'version' | 'validFrom' | 'earlier'>;

export const METER_FILTER_KEYS_MAX = 10;
export const METER_FILTER_VALUES_MAX = 100;
export const METER_GROUP_BY_KEYS_MAX = 5;
/** Decimal places that a meter may round to, and as many places before the point. */
export const METER_ROUNDING_PRECISION_MAX = 15;

const ROUNDING_MODES: readonly string[] = ['round', 'ceil', 'floor'];

/** Everything that is wrong with a meter, by its field in the API; empty when nothing is. */
export function checkMeter(meter: MeterDefinition): FieldError[] {
  return [
    ...checkCode(meter.code, '/code'),
    ...(meter.name === undefined ? [] : checkName(meter.name, '/name')),
    ...checkName(meter.eventCode, '/event_code'),
    ...checkAggregation(meter.aggregation),
    ...checkRecurring(meter),
    ...checkFilters(meter.filters),
    ...checkGroupBy(meter.groupBy),
    ...checkRounding(meter.rounding),
  ];
}

function checkAggregation(settings: MeterAggregation): FieldError[] {
  const { type } = settings;
  const aggregation = findAggregation(type);
  if (aggregation === undefined) {
    const known = aggregations.map(({ code }) => code).join(', ');
    const detail = `There is no aggregation ${JSON.stringify(type)}; there are ${known}.`;
    return [{ pointer: '/aggregation/type', code: 'unknown_aggregation', detail }];
  }
  return [...checkValue(aggregation, settings), ...checkSettings(aggregation, settings)];
}

const settingsChecks: ReadonlyMap<string, (settings: JsonObject) => FieldError[]> = new Map(
  aggregations.flatMap(({ code, settings }) =>
    settings === undefined ? [] : [[code, propertiesCheck(settings)] as const],
  ),
);

function checkSettings({ code }: Aggregation, { settings }: MeterAggregation): FieldError[] {
  const pointer = '/aggregation/settings';
  const check = settingsChecks.get(code);
  if (check !== undefined) {
    return check(settings ?? {}).map((error) => ({ ...error, pointer: pointer + error.pointer }));
  }
  if (settings === undefined) return [];
  return [{ pointer, code: 'not_allowed', detail: `A meter of type ${code} has no settings.` }];
}

/** What the aggregation looks at: a property, or what an expression computes; nothing for those that look at nothing. */
function checkValue(
  { code: type, needs }: Aggregation,
  { field, expression }: MeterAggregation,
): FieldError[] {
  const pointer = '/aggregation/field';
  if (needs === undefined) {
    const detail = `A meter of type ${type} counts records, whatever they hold.`;
    return Object.entries({ field, expression })
      .filter(([, value]) => value !== undefined)
      .map(([key]) => ({ pointer: `/aggregation/${key}`, code: 'not_allowed', detail }));
  }
  if (expression === undefined) {
    if (field !== undefined) return checkName(field, pointer);
    const detail = `A meter of type ${type} names a property, or computes an expression.`;
    return [{ pointer, code: 'required', detail }];
  }
  if (field !== undefined) {
    const detail = 'A meter names a property or computes an expression, not both.';
    return [{ pointer, code: 'not_allowed', detail }];
  }
  const problem = recordExpressionProblem(expression, needs);
  if (problem === null) return [];
  return [{ pointer: '/aggregation/expression', code: 'invalid_expression', detail: problem }];
}

function checkRecurring({ recurring, aggregation }: MeterDefinition): FieldError[] {
  const found = findAggregation(aggregation.type);
  if (recurring !== true || found === undefined || found.carriesOver === true) return [];
  const able = aggregations.filter(({ carriesOver }) => carriesOver === true);
  const detail = `A meter of type ${found.code} starts anew in every period; recurring are ${able.map(({ code }) => code).join(', ')}.`;
  return [{ pointer: '/recurring', code: 'not_allowed', detail }];
}

function checkFilters(filters: Meter['filters']): FieldError[] {
  const entries = Object.entries(filters);
  return [
    ...checkAtMost(entries.length, METER_FILTER_KEYS_MAX, '/filters'),
    ...entries.flatMap(([key, values]) => checkFilter(key, values)),
  ];
}

function checkFilter(key: string, values: readonly string[]): FieldError[] {
  const pointer = `/filters/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (values.length === 0) {
    return [{ pointer, code: 'too_few', detail: 'A filter lists at least one value.' }];
  }
  return [
    ...checkName(key, pointer),
    ...checkAtMost(values.length, METER_FILTER_VALUES_MAX, pointer),
  ];
}

function checkGroupBy(keys: readonly string[]): FieldError[] {
  return [
    ...checkAtMost(keys.length, METER_GROUP_BY_KEYS_MAX, '/group_by'),
    ...keys.flatMap((key, index) => checkName(key, `/group_by/${index}`)),
    ...keys.flatMap((key, index) => {
      if (keys.indexOf(key) === index) return [];
      const detail = `${JSON.stringify(key)} is listed already.`;
      return [{ pointer: `/group_by/${index}`, code: 'repeated', detail }];
    }),
  ];
}

function checkRounding(rounding: Meter['rounding']): FieldError[] {
  if (rounding === undefined) return [];
  const max = METER_ROUNDING_PRECISION_MAX;
  const errors = checkInteger(rounding.precision, '/rounding/precision', { min: -max, max });
  if (ROUNDING_MODES.includes(rounding.mode)) return errors;
  const detail = `Must be one of ${ROUNDING_MODES.join(', ')}.`;
  return [{ pointer: '/rounding/mode', code: 'unknown_rounding', detail }, ...errors];
}

function checkAtMost(count: number, max: number, pointer: string): FieldError[] {
  if (count <= max) return [];
  return [{ pointer, code: 'too_many', detail: `Must be at most ${max}, and is ${count}.` }];
}
