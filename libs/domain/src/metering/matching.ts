import type { JsonObject, JsonValue } from '../kernel/json.js';
import type { Meter } from './meter.js';
import { textOf } from './property-text.js';
import type { UsageRecord } from './usage-record.js';

/** The parts of a record that decide whether and how a meter counts it. */
export type CountedRecord = Pick<UsageRecord, 'code' | 'properties'>;

/** A meter made ready for many records. */
export interface CompiledMeter {
  readonly meter: Meter;
  /** Whether the record has the meter's event code and passes every filter. */
  readonly matches: (record: CountedRecord) => boolean;
  /** Values of the group-by keys in the meter's order, as text; null where the record has none. Not to be changed. */
  readonly dimensions: (record: CountedRecord) => readonly (string | null)[];
  /** The property that is aggregated, as it was sent; `undefined` when the meter names none or the record has none. */
  readonly value: (record: CountedRecord) => JsonValue | undefined;
}

const NO_DIMENSIONS: readonly (string | null)[] = [];

/** Looks properties up by the record's own keys only, so a key such as `constructor` finds what was sent and nothing else. */
export function compileMeter(meter: Meter): CompiledMeter {
  const { eventCode, groupBy } = meter;
  const field = meter.aggregation.field;
  const filters = Object.entries(meter.filters).map(([key, values]) => ({
    key,
    allowed: new Set(values),
  }));
  return {
    meter,
    matches: ({ code, properties }) =>
      code === eventCode &&
      filters.every(({ key, allowed }) => {
        const text = textOf(ownProperty(properties, key));
        return text !== null && allowed.has(text);
      }),
    dimensions: ({ properties }) =>
      groupBy.length === 0
        ? NO_DIMENSIONS
        : groupBy.map((key) => textOf(ownProperty(properties, key))),
    value: ({ properties }) => (field === undefined ? undefined : ownProperty(properties, field)),
  };
}

/** Whether the meter sees the record. For one record; `compileMeter` is for many. */
export const countsIn = (meter: Meter, record: CountedRecord): boolean =>
  compileMeter(meter).matches(record);

/** The group-by values of one record; see `CompiledMeter.dimensions`. */
export const dimensionsOf = (meter: Meter, record: CountedRecord): readonly (string | null)[] =>
  compileMeter(meter).dimensions(record);

function ownProperty(properties: JsonObject | undefined, key: string): JsonValue | undefined {
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}
