import { fromIso } from '../kernel/instant.js';
import type { JsonObject } from '../kernel/json.js';
import { NO_LANES } from '../metering/digest.js';
import { totalsOfEvents } from '../metering/event-totals.js';
import type { MeteredEvent } from '../metering/metered-event.js';
import type { Meter } from '../metering/meter.js';
import type { ChargePart, ChargeStretch, PricingContext } from './rate-part.js';

/** A record as it is read: its time, what the meter aggregates of it, its properties, and whether it removes. */
export interface RecordOf {
  readonly at: string;
  readonly value?: string;
  readonly properties?: JsonObject;
  readonly removes?: boolean;
}

export const recordsOf = (records: readonly RecordOf[]): MeteredEvent[] =>
  records.map(({ at, value, properties = {}, removes }, index) => ({
    transactionId: `t${index}`,
    timestamp: fromIso(at),
    position: index + 1,
    index: 0,
    value,
    operation: removes === true ? 'remove' : undefined,
    properties,
    shard: 0,
    lanes: NO_LANES,
    windowFrom: 0,
  }));

export const meterOf = (type: string, recurring = false): Meter => ({
  code: 'm',
  version: 1,
  eventCode: 'm',
  aggregation: { type },
  filters: {},
  groupBy: [],
  recurring,
});

/** A month, or the part of it up to `until`. */
export function stretchOf(month: string, until?: string): ChargeStretch {
  const from = fromIso(`${month}-01T00:00:00Z`);
  const date = new Date(from);
  const to = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  const end = until === undefined ? to : fromIso(until);
  return {
    period: { from, to: end },
    full: { from, to },
    timezone: 'UTC',
    endsWithPeriod: end < to,
  };
}

export function partOf(
  meter: Meter,
  stretch: ChargeStretch,
  records: readonly RecordOf[],
): ChargePart {
  const weighting = { period: stretch.period, full: stretch.full };
  const [{ total, events }] = totalsOfEvents({ meter, weighting }, recordsOf(records)) as [
    ReturnType<typeof totalsOfEvents>[number],
  ];
  return { key: { filter: null, group: {} }, total, events };
}

export const contextOf = (
  meter: Meter,
  stretch: ChargeStretch,
  unitRounding: PricingContext['unitRounding'] = 'exact',
): PricingContext => ({ meter, stretch, unitRounding, currency: 'EUR' });
