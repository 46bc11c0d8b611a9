import type { TSchema } from '@sinclair/typebox';
import type { Decimal } from '../../kernel/decimal.js';
import type { JsonObject } from '../../kernel/json.js';
import type { FieldError } from '../../kernel/rule-broken.js';

/** A change of the amount that a charge model has computed. `properties` has the shape that the type's own schema says. */
export interface Adjustment {
  /** A code from the adjustment registry. */
  readonly type: string;
  readonly properties: JsonObject;
}

/** What of a period is adjusted. */
export interface AdjustmentContext {
  /** False for an amount so far, in the midst of a period: what is only known at its end is then left out. */
  readonly closesPeriod: boolean;
  /** Days that the charge is in force, and days of a full period. `fullDays` is above 0. */
  readonly days: number;
  readonly fullDays: number;
}

/** A kind of adjustment that describes itself. Arithmetic only, on the exact amount of the whole period; rounding comes later. */
export interface AdjustmentType {
  readonly code: string;
  readonly title: string;
  readonly description: string;
  /** TypeBox (JSON Schema) of `properties`. */
  readonly properties: TSchema;
  /** Properties of a typical adjustment; they pass the schema and `check`. */
  readonly example: JsonObject;
  /** Rules that a schema cannot say. Pointers are relative to `properties`. */
  readonly check: (properties: JsonObject) => FieldError[];
  /** The new amount. Neither the amount nor the answer is below zero. */
  readonly adjust: (amount: Decimal, properties: JsonObject, context: AdjustmentContext) => Decimal;
}
