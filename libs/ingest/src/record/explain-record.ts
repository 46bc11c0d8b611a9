import { PRICE_PROPERTY, type FieldError, type Instant } from '@odometer/domain';
import { CODE_LENGTH_MAX, ID_LENGTH_MAX, TIMESTAMP_AHEAD_MAX_MS } from '../limits.js';
import { childPointer } from './pointer.js';
import { explainPrice } from './price.js';
import { explainProperties } from './properties.js';
import { isCode, type SentRecord } from './read-record.js';
import { isStorableText } from './text.js';
import { readTimestamp } from './timestamp.js';

const FIELDS: ReadonlySet<string> = new Set([
  'transaction_id',
  'code',
  'customer_id',
  'subscription_id',
  'entity_id',
  'timestamp',
  'properties',
  PRICE_PROPERTY,
]);

type Fault = Omit<FieldError, 'pointer'>;

/** All that is wrong with a record that `readRecord` refused; empty exactly when it would not refuse it. */
export function explainRecord(sent: unknown, pointer: string, receivedAt: Instant): FieldError[] {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    return [{ pointer, code: 'wrong_type', detail: 'a usage record must be an object' }];
  }
  const fields = sent as SentRecord;
  const errors: FieldError[] = [];
  const add = (field: string, fault: Fault | undefined): void => {
    if (fault) errors.push({ pointer: childPointer(pointer, field), ...fault });
  };
  add('transaction_id', idFault('transaction_id', fields.transaction_id, true));
  add('code', codeFault(fields.code));
  add('customer_id', customerFault(fields));
  add('subscription_id', idFault('subscription_id', fields.subscription_id, false));
  add('entity_id', idFault('entity_id', fields.entity_id, false));
  add('timestamp', timestampFault(fields.timestamp, receivedAt));
  if (fields.properties !== undefined) {
    errors.push(...explainProperties(fields.properties, childPointer(pointer, 'properties')));
  }
  errors.push(...explainPrice(fields, pointer));
  for (const field of Object.keys(sent)) add(field, unknownFault(field));
  return errors;
}

function customerFault(fields: SentRecord): Fault | undefined {
  if (fields.customer_id === undefined && fields.subscription_id === undefined) {
    const detail = 'a usage record must name a customer_id, a subscription_id, or both';
    return { code: 'required', detail };
  }
  return idFault('customer_id', fields.customer_id, false);
}

function idFault(name: string, value: unknown, required: boolean): Fault | undefined {
  if (value === undefined) return required ? missing(name) : undefined;
  if (typeof value !== 'string') return notText(name, required);
  if (value.length === 0) return { code: 'too_short', detail: `${name} must not be empty` };
  if (value.length > ID_LENGTH_MAX) return tooLong(name, ID_LENGTH_MAX);
  if (isStorableText(value)) return undefined;
  const detail = `${name} must not contain NUL or half of a surrogate pair`;
  return { code: 'invalid_text', detail };
}

function codeFault(value: unknown): Fault | undefined {
  if (isCode(value)) return undefined;
  if (value === undefined) return missing('code');
  if (typeof value !== 'string') return notText('code', true);
  if (value.length === 0) return { code: 'too_short', detail: 'code must not be empty' };
  if (value.length > CODE_LENGTH_MAX) return tooLong('code', CODE_LENGTH_MAX);
  return { code: 'bad_format', detail: 'code may contain letters, digits and _ . : - only' };
}

function timestampFault(value: unknown, receivedAt: Instant): Fault | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') {
    const detail = 'timestamp must be an ISO 8601 string or a number of Unix seconds';
    return { code: 'wrong_type', detail };
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { code: 'not_finite', detail: 'timestamp must be a finite number' };
  }
  const instant = readTimestamp(value);
  if (Number.isNaN(instant)) {
    const detail =
      'timestamp must be a real date and time in ISO 8601 with a zone (2026-01-31T12:34:56Z), or Unix seconds';
    return { code: 'bad_format', detail };
  }
  return rangeFault(instant, receivedAt);
}

function rangeFault(instant: Instant, receivedAt: Instant): Fault | undefined {
  if (instant < 0) return { code: 'too_early', detail: 'timestamp must not be before 1970' };
  if (instant <= receivedAt + TIMESTAMP_AHEAD_MAX_MS) return undefined;
  const detail =
    'timestamp must not be more than ten years ahead; numbers are Unix seconds, not milliseconds';
  return { code: 'too_late', detail };
}

function unknownFault(field: string): Fault | undefined {
  if (FIELDS.has(field)) return undefined;
  const detail = 'this is not a field of a usage record; what is measured belongs in properties';
  return { code: 'unknown_field', detail };
}

const missing = (name: string): Fault => ({ code: 'required', detail: `${name} is missing` });

const notText = (name: string, required: boolean): Fault => ({
  code: 'wrong_type',
  detail: `${name} must be a string${required ? '' : '; leave it out when there is none'}`,
});

const tooLong = (name: string, limit: number): Fault => ({
  code: 'too_long',
  detail: `${name} must have at most ${limit} characters`,
});
