import { OPERATION_PROPERTY, type Aggregation, type Observation } from './aggregation.js';
import { aggregationOf } from './aggregations/registry.js';
import { countedVersions, meterAggregation } from './counted-versions.js';
import { compileRecordExpression, type ExpressionRecord } from './expression/record-expression.js';
import { validFromOf } from './meter-versions.js';
import type { Meter } from './meter.js';
import { ownProperty, textOf } from './property-text.js';
import type { UsageRecord } from './usage-record.js';

/** The parts of a record that decide whether and how a meter counts it. */
export type CountedRecord = Pick<UsageRecord, 'code' | 'properties' | 'timestamp'>;

/** An observation that can be used again for the next record, since aggregations keep none. */
export type MutableObservation = { -readonly [Key in keyof Observation]: Observation[Key] };

/** A meter made ready for many records. */
export interface CompiledMeter {
  readonly meter: Meter;
  readonly aggregation: Aggregation;
  /** Whether the record has the meter's event code and passes every filter, of the version that is valid at its time. */
  readonly matches: (record: CountedRecord) => boolean;
  /** Values of the group-by keys in the meter's order, as text; null where the record has none. Not to be changed. */
  readonly dimensions: (record: Pick<UsageRecord, 'properties'>) => readonly (string | null)[];
  /**
   * Puts what the aggregation sees of the record into `into`, whose place in the log is the caller's to set. Answers why the record
   * cannot be counted (a reason of the aggregation, or of the meter's expression), or null when it can.
   */
  readonly observe: (record: ExpressionRecord, into: MutableObservation) => string | null;
  /**
   * Of a meter that counts the records that pass its filters by one property, or by none: the property's name, or null. Undefined for a meter
   * that looks at more: an expression, operations, earlier versions.
   */
  readonly plainField: string | null | undefined;
  /** What `matches` asks of a record besides its event code; of several versions, of the latest. */
  readonly filters: readonly PropertyFilter[];
}

/** A record passes when the text of its property is one of these; one without text does not pass. */
export interface PropertyFilter {
  readonly key: string;
  readonly allowed: ReadonlySet<string>;
}

/** An observation to be filled by `CompiledMeter.observe`. */
export const observationAt = (place: {
  readonly position: number;
  readonly index: number;
}): MutableObservation => ({
  value: undefined,
  operation: undefined,
  timestamp: 0,
  position: place.position,
  index: place.index,
});

const NO_DIMENSIONS: readonly (string | null)[] = [];

/**
 * Looks properties up by the record's own keys only, so a key such as `constructor` finds what was sent and nothing
 * else. Of a meter with several versions, those count that make up its state; see `countedVersions`. Throws a plain error for an aggregation
 * that is not registered and an expression that cannot be read.
 */
export function compileMeter(meter: Meter): CompiledMeter {
  const latest = compileVersion(meter);
  if (meter.earlier === undefined) return latest;
  const [first, ...later] = countedVersions(meter).map((version) => ({
    from: validFromOf(version),
    compiled: compileVersion({ ...meter, ...version }),
  }));
  const validAt = ({ timestamp }: Pick<UsageRecord, 'timestamp'>): CompiledMeter =>
    (later.findLast(({ from }) => from <= timestamp) ?? first!).compiled;
  const aggregation = meterAggregation(meter);
  return {
    meter,
    aggregation,
    plainField: undefined,
    filters: latest.filters,
    matches: (record) => validAt(record).matches(record),
    dimensions: latest.dimensions,
    observe: (record, into) => {
      const version = validAt(record);
      const refusal = version.observe(record, into);
      // What counts records adds ones to what adds values.
      if (version.aggregation.adds !== aggregation.adds) into.value = 1;
      return refusal;
    },
  };
}

function compileVersion(meter: Meter): CompiledMeter {
  const { eventCode, groupBy } = meter;
  const aggregation = aggregationOf(meter);
  const { field, expression } = meter.aggregation;
  const compute = expression === undefined ? undefined : compileRecordExpression(expression);
  const readsOperation = aggregation.readsOperation === true;
  const filters = Object.entries(meter.filters).map(([key, values]) => ({
    key,
    allowed: new Set(values),
  }));
  const looksAtMore = compute !== undefined || readsOperation;
  return {
    meter,
    aggregation,
    plainField: looksAtMore ? undefined : (field ?? null),
    filters,
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
    observe: (record, into) => {
      const { properties, timestamp } = record;
      into.timestamp = timestamp;
      into.operation = readsOperation ? ownProperty(properties, OPERATION_PROPERTY) : undefined;
      if (compute === undefined) {
        into.value = field === undefined ? undefined : ownProperty(properties, field);
        return aggregation.refuses(into);
      }
      const computed = compute(record);
      if (typeof computed === 'object') return computed.reason;
      into.value = computed;
      return aggregation.refuses(into);
    },
  };
}

/** Whether the meter sees the record. For one record; `compileMeter` is for many. */
export const countsIn = (meter: Meter, record: CountedRecord): boolean =>
  compileMeter(meter).matches(record);

/** The group-by values of one record; see `CompiledMeter.dimensions`. */
export const dimensionsOf = (meter: Meter, record: CountedRecord): readonly (string | null)[] =>
  compileMeter(meter).dimensions(record);
