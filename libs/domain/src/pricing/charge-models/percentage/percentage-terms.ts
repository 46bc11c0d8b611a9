import { Type } from '@sinclair/typebox';
import { decimal, type Decimal } from '../../../kernel/decimal.js';
import type { JsonObject } from '../../../kernel/json.js';
import type { FieldError } from '../../../kernel/rule-broken.js';
import {
  decimalOf,
  decimalProperty,
  positiveDecimalProperty,
  rateOf,
} from '../decimal-property.js';

/** What a percentage charge agrees on; null where it has no such rule. */
export interface PercentageTerms {
  /** The percentage as a factor. */
  readonly rate: Decimal;
  /** Due for each record that is not free, in major units. */
  readonly fixed: Decimal;
  /** The first so many records are free. */
  readonly freeEvents: Decimal | null;
  /** The first so many units are free. */
  readonly freeUnits: Decimal | null;
  /** Least and most that one record costs, in major units. */
  readonly min: Decimal | null;
  readonly max: Decimal | null;
}

export const PERCENTAGE_PROPERTIES = Type.Object(
  {
    rate: decimalProperty('Percent of the units: "2.5" is 2.5 %.'),
    fixed_amount: Type.Optional(decimalProperty('Due for each paid record, in major units.')),
    free_units_per_events: Type.Optional(
      decimalProperty('How many records are free at first; none when 0 or absent.'),
    ),
    free_units_per_total_aggregation: Type.Optional(
      decimalProperty('How many units are free at first; none when 0 or absent.'),
    ),
    per_transaction_min_amount: Type.Optional(
      decimalProperty('Least that a paid record costs, in major units.'),
    ),
    per_transaction_max_amount: Type.Optional(
      positiveDecimalProperty('Most that a paid record costs, in major units.'),
    ),
  },
  { additionalProperties: false },
);

/** The terms of properties that passed schema and check. A rule of 0 is no rule, as at Lago. */
export function percentageTerms(properties: JsonObject): PercentageTerms {
  return {
    rate: rateOf(properties['rate']),
    fixed: decimalOf(properties['fixed_amount']),
    freeEvents: ruleOf(properties, 'free_units_per_events'),
    freeUnits: ruleOf(properties, 'free_units_per_total_aggregation'),
    min: ruleOf(properties, 'per_transaction_min_amount'),
    max: ruleOf(properties, 'per_transaction_max_amount'),
  };
}

function ruleOf(properties: JsonObject, key: string): Decimal | null {
  const value = decimalOf(properties[key]);
  return value.eq(0) ? null : value;
}

export function checkPercentage(properties: JsonObject): FieldError[] {
  const { freeEvents, min, max } = percentageTerms(properties);
  const errors: FieldError[] = [];
  if (freeEvents !== null && !freeEvents.eq(freeEvents.round(0))) {
    const pointer = '/free_units_per_events';
    errors.push({ pointer, code: 'not_whole', detail: 'Must be a whole number of records.' });
  }
  if (min !== null && max !== null && min.gt(max)) {
    const pointer = '/per_transaction_min_amount';
    const detail = `Must not be above per_transaction_max_amount, ${max.toFixed()}.`;
    errors.push({ pointer, code: 'min_above_max', detail });
  }
  return errors;
}

/** Whether the terms look at single records: their order, or what each of them costs. */
export const looksAtEvents = ({
  fixed,
  freeEvents,
  freeUnits,
  min,
  max,
}: PercentageTerms): boolean =>
  freeEvents !== null ||
  min !== null ||
  max !== null ||
  (freeUnits !== null && fixed.gt(decimal(0)));
