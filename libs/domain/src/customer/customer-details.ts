import { isTimezone } from '../billing-period/local-day.js';
import { checkCode, checkInteger } from '../kernel/field-check.js';
import { isKnownCurrency } from '../kernel/money.js';
import type { FieldError } from '../kernel/rule-broken.js';
import type { CustomerDetails } from './customer-events.js';

export const METADATA_KEYS_MAX = 50;
export const METADATA_KEY_LENGTH_MAX = 100;
/** Longest metadata value, as JSON unless it is a string, in UTF-16 units. */
export const METADATA_VALUE_LENGTH_MAX = 1_000;
export const GRACE_PERIOD_DAYS_MAX = 365;

/** Everything that is wrong with the details, with pointers into the request. */
export function checkDetails(details: CustomerDetails): FieldError[] {
  const { currency, timezone, metadata, gracePeriodDays, testClock } = details;
  return [
    ...(currency === undefined ? [] : checkCurrency(currency)),
    ...checkTimezone(timezone),
    ...checkMetadata(metadata),
    ...checkInteger(gracePeriodDays, '/grace_period_days', { min: 0, max: GRACE_PERIOD_DAYS_MAX }),
    ...(testClock === undefined ? [] : checkCode(testClock, '/test_clock')),
  ];
}

function checkCurrency(currency: string): FieldError[] {
  if (isKnownCurrency(currency)) return [];
  const detail = 'Must be an ISO 4217 code in capitals, such as "EUR".';
  return [{ pointer: '/currency', code: 'unknown_currency', detail }];
}

function checkTimezone(timezone: string): FieldError[] {
  if (isTimezone(timezone)) return [];
  const detail = 'Must be an IANA time zone, such as "Europe/Paris".';
  return [{ pointer: '/timezone', code: 'unknown_timezone', detail }];
}

function checkMetadata(metadata: CustomerDetails['metadata']): FieldError[] {
  const entries = Object.entries(metadata);
  const errors: FieldError[] = [];
  if (entries.length > METADATA_KEYS_MAX) {
    const detail = `Must have at most ${METADATA_KEYS_MAX} keys.`;
    errors.push({ pointer: '/metadata', code: 'too_many_keys', detail });
  }
  for (const [key, value] of entries) {
    const pointer = `/metadata/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (key.length === 0 || key.length > METADATA_KEY_LENGTH_MAX) {
      const detail = `A key must have 1 to ${METADATA_KEY_LENGTH_MAX} characters.`;
      errors.push({ pointer, code: 'invalid_length', detail });
    }
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text.length > METADATA_VALUE_LENGTH_MAX) {
      const detail = `A value must have at most ${METADATA_VALUE_LENGTH_MAX} characters.`;
      errors.push({ pointer, code: 'invalid_length', detail });
    }
  }
  return errors;
}
