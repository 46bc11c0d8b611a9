import type { TSchema } from '@sinclair/typebox';
import type { Decimal } from '../kernel/decimal.js';
import type { JsonObject } from '../kernel/json.js';
import type { FieldError } from '../kernel/rule-broken.js';

/** The usage of one charge in one period, after the meter's rounding and never below zero. */
export interface ChargeUsage {
  readonly units: Decimal;
  readonly eventsCount: number;
  /** One for each record, in the order of time; only present where the model asked for them. */
  readonly events?: readonly UsageEvent[] | undefined;
}

/** What one record adds to a charge. */
export interface UsageEvent {
  /** By how much the record changes the units: 1 for a count, the value for a sum, below zero where it takes away. */
  readonly units: Decimal;
  /** The record's own price in major units, for models that are priced by the sender; null where it names none. */
  readonly price: Decimal | null;
}

/** Units of a recurring meter and the days that they are there for. */
export interface ProratedUsage {
  /** What is there at the end, whatever the days. */
  readonly units: Decimal;
  /** In the order of time, what was carried over first; below zero where units went away. */
  readonly changes: readonly { readonly units: Decimal; readonly days: number }[];
  /** Days of the full period: a change of one unit for this many days is one unit. */
  readonly fullDays: number;
  /** How the prorated units are rounded before they are priced; exact by default. */
  readonly roundUnits: (units: Decimal) => Decimal;
}

/** One step of a price computation, for the explanation on the line: a tier, a number of packages, … */
export interface PriceStep {
  readonly label: string;
  readonly units: Decimal;
  readonly unitAmount: Decimal;
  readonly flatAmount: Decimal;
  readonly amount: Decimal;
}

/** The exact price in major units, not yet rounded, and how it came about. `amount` is the sum of the steps. */
export interface Price {
  readonly amount: Decimal;
  readonly steps: readonly PriceStep[];
}

/** A price form that describes itself. Arithmetic only: minimums, discounts and rounding are not its business. */
export interface ChargeModel {
  readonly code: string;
  readonly title: string;
  readonly description: string;
  /** TypeBox (JSON Schema) of `properties`, field names as in API.md. */
  readonly properties: TSchema;
  /** Properties of a typical charge; they pass the schema and `check`. */
  readonly example: JsonObject;
  /** Rules that a schema cannot say (tiers contiguous, last one open). Pointers are relative to `properties`. */
  readonly check: (properties: JsonObject) => FieldError[];
  /** Whether the price depends on single records, not on their total alone; absent = never. Such charges read every record. */
  readonly needsEvents?: (properties: JsonObject) => boolean;
  /** Only called with properties that passed the schema and `check`. */
  readonly price: (usage: ChargeUsage, properties: JsonObject) => Price;
  /** Prices units by the days that they are there; absent where the model has no such price. */
  readonly prorated?: (usage: ProratedUsage, properties: JsonObject) => Price;
  /** Whether `prorated` is linear in units and days, so that records may be billed one by one; absent = no. */
  readonly proratedInAdvance?: true;
  /** False where a record cannot be priced as it comes, because the price of all units depends on the last one. */
  readonly payableInAdvance?: false;
}
