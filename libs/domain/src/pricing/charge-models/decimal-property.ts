import { Kind, Type, TypeRegistry, type TSchema } from '@sinclair/typebox';
import { decimal, toText, type Decimal } from '../../kernel/decimal.js';
import type { JsonValue } from '../../kernel/json.js';
import { EXPECTED } from '../../kernel/schema-check.js';

/** Digits that a price or a quantity of a plan may have before and after the point. */
export const INTEGER_DIGITS_MAX = 20;
export const DECIMAL_PLACES_MAX = 15;

const DECIMAL_PATTERN = `^\\d{1,${INTEGER_DIGITS_MAX}}(\\.\\d{1,${DECIMAL_PLACES_MAX}})?$`;
const DECIMAL_TEXT = new RegExp(DECIMAL_PATTERN);
const DECIMAL_KIND = 'OdometerDecimal';

TypeRegistry.Set<TSchema>(DECIMAL_KIND, (schema, value) => {
  const text = plainTextOf(value);
  if (text === null || !DECIMAL_TEXT.test(text)) return false;
  return schema['positive'] !== true || decimal(text).gt(0);
});

/** A decimal that is not negative, as text or as a JSON number of any notation. */
export const decimalProperty = (description: string): TSchema => decimalSchema(description, false);

/** The same, and above zero. */
export const positiveDecimalProperty = (description: string): TSchema =>
  decimalSchema(description, true);

/** The value of a property that passed its schema; what is absent or null is 0. */
export const decimalOf = (value: JsonValue | undefined): Decimal =>
  decimal((value ?? 0) as string | number);

/** A rate in percent as a factor: 2.5 is 0.025. */
export const rateOf = (percent: JsonValue | undefined): Decimal =>
  decimalOf(percent).times(decimal('0.01'));

function decimalSchema(description: string, positive: boolean): TSchema {
  return Type.Unsafe<string | number>({
    [Kind]: DECIMAL_KIND,
    [EXPECTED]: `a decimal ${positive ? 'above 0' : 'that is not negative'}, with at most ${INTEGER_DIGITS_MAX} digits before the point and ${DECIMAL_PLACES_MAX} behind it`,
    type: ['string', 'number'],
    pattern: DECIMAL_PATTERN,
    description,
    ...(positive ? { positive } : {}),
  });
}

function plainTextOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isFinite(value) ? toText(decimal(value)) : null;
}
