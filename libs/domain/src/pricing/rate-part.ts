import { dayShare, daysIn } from '../billing-period/proration.js';
import { localDayAt } from '../billing-period/local-day.js';
import { decimal, ZERO, type Decimal } from '../kernel/decimal.js';
import type { Instant, Period } from '../kernel/instant.js';
import type { JsonObject, JsonValue } from '../kernel/json.js';
import { majorInMinor } from '../kernel/money.js';
import { findAggregation } from '../metering/aggregations/registry.js';
import { digestText, NO_LANES } from '../metering/digest.js';
import { unitsOfEvents } from '../metering/event-totals.js';
import type { MeteredEvent } from '../metering/metered-event.js';
import type { Meter } from '../metering/meter.js';
import type { UsageTotal } from '../metering/usage-slice.js';
import type { Charge } from './charge.js';
import type { PartKey } from './charge-filter.js';
import type { ChargeModel, ChargeUsage, Price, ProratedUsage, UsageEvent } from './charge-model.js';
import { findChargeModel } from './charge-models/registry.js';
import { UNIT_ROUNDINGS, type UnitRounding } from './prorated-units.js';

/** The stretch of time that usage is priced for. */
export interface ChargeStretch {
  /** The part of the full period in which the subscription is active. */
  readonly period: Period;
  readonly full: Period;
  readonly timezone: string;
  /** Whether the subscription ends with the period: the day of the end then counts whole. */
  readonly endsWithPeriod: boolean;
}

/** The usage of one part of a charge. */
export interface ChargePart {
  readonly key: PartKey;
  readonly total: UsageTotal;
  /** The records, in the order of time, where the charge is priced by them; for a recurring meter also those before the period. */
  readonly events?: readonly MeteredEvent[] | undefined;
}

export interface PricingContext {
  readonly meter: Meter;
  readonly currency: string;
  readonly stretch: ChargeStretch;
  readonly unitRounding: UnitRounding;
}

/** Property that a record names its own price by, in the smallest unit and fractions of it. */
export const PRICE_PROPERTY = 'precise_total_amount_cents';

/**
 * The parts with those of filters that nothing was used of, in the order of the filters, the rest last: prices may have a flat amount that is due
 * without usage. Groups only exist where they are used.
 */
export function withUnused(
  { filters = [], groupBy = [] }: Charge,
  parts: readonly ChargePart[],
): readonly ChargePart[] {
  if (groupBy.length > 0) return parts;
  return [...filters.keys(), null].map(
    (filter) => parts.find(({ key }) => key.filter === filter) ?? unused(filter),
  );
}

const unused = (filter: number | null): ChargePart => ({
  key: { filter, group: {} },
  total: { group: {}, value: ZERO, eventsCount: 0, digest: digestText(NO_LANES) },
  events: [],
});

/** Whether the charge is priced by single records, so that they have to be read. */
export function readsEvents(charge: Charge): boolean {
  if (charge.prorated === true || charge.payInAdvance === true) return true;
  const model = modelOf(charge);
  return [charge.properties, ...(charge.filters ?? []).map(({ properties }) => properties)].some(
    (properties) => model.needsEvents?.(properties) === true,
  );
}

/** The model of a charge that was accepted. Throws a plain error when there is none. */
export function modelOf({ model }: Pick<Charge, 'model'>): ChargeModel {
  const found = findChargeModel(model);
  if (found === undefined) throw new Error(`there is no charge model ${model}`);
  return found;
}

/** What the records of a part are priced by: the filter's properties, or the charge's own. */
export function propertiesOf(charge: Charge, { filter }: PartKey): JsonObject {
  return (filter === null ? undefined : charge.filters?.[filter]?.properties) ?? charge.properties;
}

/** The exact price of a part whose records are billed at the end of the period. */
export function pricePart(charge: Charge, part: ChargePart, context: PricingContext): Price {
  const model = modelOf(charge);
  const properties = propertiesOf(charge, part.key);
  if (charge.prorated === true && model.prorated !== undefined) {
    return model.prorated(proratedUsageOf(part, context), properties);
  }
  return model.price(usageOf(model, properties, part, context), properties);
}

function usageOf(
  model: ChargeModel,
  properties: JsonObject,
  part: ChargePart,
  context: PricingContext,
): ChargeUsage {
  const { value, eventsCount } = part.total;
  const units = value.lt(0) ? ZERO : value;
  if (model.needsEvents?.(properties) !== true) return { units, eventsCount };
  return { units, eventsCount, events: usageEventsOf(part, context).events };
}

/** What each record of the period adds; `carried` is what a recurring meter brought along. */
export function usageEventsOf(
  { events = [] }: ChargePart,
  { meter, currency, stretch }: PricingContext,
): { readonly carried: Decimal; readonly events: UsageEvent[]; readonly records: MeteredEvent[] } {
  const before = events.filter(({ timestamp }) => timestamp < stretch.period.from);
  const records = events.filter(({ timestamp }) => timestamp >= stretch.period.from);
  const { carried, units } = unitsOfEvents(meter, before, records);
  return {
    carried,
    records,
    events: records.map(({ properties }, index) => ({
      units: units[index] as Decimal,
      price: priceNamed(properties[PRICE_PROPERTY], currency),
    })),
  };
}

const DECIMAL_TEXT = /^-?\d+(\.\d+)?$/;

/** A price in the smallest unit as one in major units; null for what is no decimal. */
export function priceNamed(value: JsonValue | undefined, currency: string): Decimal | null {
  const text = typeof value === 'number' ? decimal(value).toFixed() : value;
  if (typeof text !== 'string' || !DECIMAL_TEXT.test(text)) return null;
  return decimal(text).times(majorInMinor(currency));
}

/** The units of a part by the days that they are there. A change counts from its own day to the last day of the stretch. */
export function proratedUsageOf(
  part: ChargePart,
  { meter, stretch, unitRounding }: PricingContext,
): ProratedUsage {
  const { events = [], total } = part;
  const { period, timezone } = stretch;
  const changesOf = findAggregation(meter.aggregation.type)?.dailyChanges;
  if (changesOf === undefined) {
    throw new Error(`usage of type ${meter.aggregation.type} cannot be prorated by days`);
  }
  const { carried, changes } = changesOf(
    events.filter(({ timestamp }) => timestamp < period.from),
    events.filter(({ timestamp }) => timestamp >= period.from),
    (timestamp) => localDayAt(timezone, timestamp),
  );
  const { days, fullDays } = daysOf(stretch);
  const lastDay = localDayAt(timezone, period.from) + days - 1;
  return {
    units: total.value.lt(0) ? ZERO : total.value,
    changes: [
      { units: carried, days },
      ...changes.map(({ units, day }) => ({ units, days: lastDay - day + 1 })),
    ],
    fullDays,
    roundUnits: UNIT_ROUNDINGS[unitRounding],
  };
}

/** Days from a record's own day to the last day of the stretch, both included. */
export function daysFrom(stretch: ChargeStretch, timestamp: Instant): number {
  const { period, timezone } = stretch;
  const lastDay = localDayAt(timezone, period.from) + daysOf(stretch).days - 1;
  return lastDay - localDayAt(timezone, timestamp) + 1;
}

/** Days of the stretch that are used, and of the whole period. */
export function daysOf(stretch: ChargeStretch): {
  readonly days: number;
  readonly fullDays: number;
} {
  const { period, full, timezone } = stretch;
  if (period.from === full.from && period.to === full.to) {
    const fullDays = daysIn(full, timezone);
    return { days: fullDays, fullDays };
  }
  const touched = stretch.endsWithPeriod ? { from: period.from, to: period.to + 1 } : period;
  return dayShare(touched, full, timezone);
}
