import type { Instant, UsageRecord } from '@odometer/domain';
import { CODE_LENGTH_MAX, ID_LENGTH_MAX, TIMESTAMP_AHEAD_MAX_MS } from '../limits.js';
import { pricedProperties, weighPrice, type PricedFields } from './price.js';
import { weighProperties } from './properties.js';
import { CODE_PATTERN } from './record-schema.js';
import { isStorableText, type TextTraits } from './text.js';
import { readTimestamp } from './timestamp.js';

/** What reading a record needs to know besides the record. */
export interface ReadContext {
  /** When the record arrived: its time when it names none, and the measure of what lies too far ahead. */
  readonly receivedAt: Instant;
  readonly traits: TextTraits;
}

/** A record and an upper bound of the bytes that it takes as JSON. */
export interface ReadRecord {
  readonly record: UsageRecord;
  readonly bytes: number;
}

/** The fields of a record as they are sent. */
export interface SentRecord extends PricedFields {
  readonly transaction_id?: unknown;
  readonly code?: unknown;
  readonly customer_id?: unknown;
  readonly subscription_id?: unknown;
  readonly entity_id?: unknown;
  readonly timestamp?: unknown;
}

/** Brackets, commas, quotes and the timestamp of a row in a segment. */
const ROW_BYTES = 40;

const CODE = new RegExp(CODE_PATTERN);

/**
 * A record from parsed JSON; undefined when anything is wrong with it, and then `explainRecord` says what. The two are apart because this
 * one runs for every record of the firehose.
 */
export function readRecord(sent: unknown, context: ReadContext): ReadRecord | undefined {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return undefined;
  const fields = sent as SentRecord;
  const weight = weighFields(fields, context.traits);
  const timestamp = instantOf(fields.timestamp, context.receivedAt);
  if (!Number.isFinite(weight) || Number.isNaN(timestamp)) return undefined;
  const record = {
    transactionId: fields.transaction_id as string,
    code: fields.code as string,
    customerId: fields.customer_id as string | undefined,
    subscriptionId: fields.subscription_id as string | undefined,
    entityId: fields.entity_id as string | undefined,
    timestamp,
    timestampAssigned: fields.timestamp === undefined ? (true as const) : undefined,
    properties: pricedProperties(fields),
  };
  return { record, bytes: weight };
}

/** Bytes of the whole record at most, Infinity when a field other than the timestamp is wrong, missing or unknown. */
function weighFields(fields: SentRecord, traits: TextTraits): number {
  const { customer_id: customerId, subscription_id: subscriptionId } = fields;
  if (customerId === undefined && subscriptionId === undefined) return Number.POSITIVE_INFINITY;
  if (!isCode(fields.code) || hasUnknownField(fields)) return Number.POSITIVE_INFINITY;
  return (
    ROW_BYTES +
    fields.code.length +
    weighId(fields.transaction_id, traits) +
    weighOptionalId(customerId, traits) +
    weighOptionalId(subscriptionId, traits) +
    weighOptionalId(fields.entity_id, traits) +
    weighOptionalProperties(fields.properties, traits) +
    weighPrice(fields)
  );
}

const weighOptionalId = (value: unknown, traits: TextTraits): number =>
  value === undefined ? 0 : weighId(value, traits);

const weighId = (value: unknown, traits: TextTraits): number =>
  isId(value) && (!traits.escapes || isStorableText(value))
    ? value.length * traits.bytesPerUnit
    : Number.POSITIVE_INFINITY;

export const isId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= ID_LENGTH_MAX;

export const isCode = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= CODE_LENGTH_MAX && CODE.test(value);

function weighOptionalProperties(value: unknown, traits: TextTraits): number {
  if (value === undefined) return 0;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return Number.POSITIVE_INFINITY;
  }
  return weighProperties(value, traits);
}

/** Counting is cheaper than comparing names: JSON has no undefined, so any field beyond the known ones shows in the count. */
const hasUnknownField = (fields: SentRecord): boolean =>
  Object.keys(fields).length !== knownFields(fields);

const knownFields = (fields: SentRecord): number =>
  one(fields.transaction_id) +
  one(fields.code) +
  one(fields.customer_id) +
  one(fields.subscription_id) +
  one(fields.entity_id) +
  one(fields.timestamp) +
  one(fields.properties) +
  one(fields.precise_total_amount_cents);

const one = (value: unknown): number => (value === undefined ? 0 : 1);

/** The record's time, or NaN when it is unreadable or out of range. */
function instantOf(sent: unknown, receivedAt: Instant): Instant {
  if (sent === undefined) return receivedAt;
  const instant = readTimestamp(sent);
  return instant >= 0 && instant <= receivedAt + TIMESTAMP_AHEAD_MAX_MS ? instant : Number.NaN;
}
