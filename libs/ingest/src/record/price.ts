import { PRICE_PROPERTY, type FieldError, type JsonObject } from '@odometer/domain';
import { PRICE_DECIMAL_PLACES_MAX, PRICE_INTEGER_DIGITS_MAX } from '../limits.js';
import { childPointer } from './pointer.js';

/** A price as text: an amount in the smallest unit, with decimals. */
export const PRICE_PATTERN = `^-?\\d{1,${PRICE_INTEGER_DIGITS_MAX}}(\\.\\d{1,${PRICE_DECIMAL_PLACES_MAX}})?$`;

/** A price as a JSON number lies between this and its negative. */
export const PRICE_NUMBER_LIMIT = 10 ** PRICE_INTEGER_DIGITS_MAX;

const PRICE = new RegExp(PRICE_PATTERN);

/** Quotes, comma, colon and braces around the longest price and its name. */
const PRICE_BYTES =
  PRICE_PROPERTY.length + PRICE_INTEGER_DIGITS_MAX + PRICE_DECIMAL_PLACES_MAX + 12;

/** Where a record may name its own price: as a field, or among its properties. */
export interface PricedFields {
  readonly [PRICE_PROPERTY]?: unknown;
  readonly properties?: unknown;
}

/**
 * Bytes that the price adds to the properties, where it is kept; Infinity when one is not a price, or when the two differ. Numbers that a double
 * cannot carry have come as text.
 */
export function weighPrice(fields: PricedFields): number {
  const named = fields[PRICE_PROPERTY];
  const inside = priceInside(fields);
  if (named === undefined && inside === undefined) return 0;
  if (isBad(named) || isBad(inside) || differ(named, inside)) return Number.POSITIVE_INFINITY;
  return PRICE_BYTES;
}

/** The properties with the price among them. Only of fields that `weighPrice` let pass. */
export function pricedProperties(fields: PricedFields): JsonObject | undefined {
  const price = fields[PRICE_PROPERTY] as string | number | undefined;
  const properties = fields.properties as JsonObject | undefined;
  return price === undefined ? properties : { ...properties, [PRICE_PROPERTY]: price };
}

/** What `weighPrice` finds wrong. */
export function explainPrice(fields: PricedFields, pointer: string): FieldError[] {
  const named = fields[PRICE_PROPERTY];
  const inside = priceInside(fields);
  const at = childPointer(pointer, PRICE_PROPERTY);
  const within = childPointer(childPointer(pointer, 'properties'), PRICE_PROPERTY);
  const errors = [
    ...(isBad(named) ? [notAPrice(at)] : []),
    ...(isBad(inside) ? [notAPrice(within)] : []),
  ];
  if (errors.length > 0 || !differ(named, inside)) return errors;
  const detail = `${PRICE_PROPERTY} stands in properties as well, with another price`;
  return [{ pointer: at, code: 'ambiguous', detail }];
}

function priceInside({ properties }: PricedFields): unknown {
  if (typeof properties !== 'object' || properties === null) return undefined;
  return (properties as Record<string, unknown>)[PRICE_PROPERTY];
}

const isBad = (value: unknown): boolean => value !== undefined && !isPrice(value);

function isPrice(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) < PRICE_NUMBER_LIMIT;
  return typeof value === 'string' && PRICE.test(value);
}

const differ = (named: unknown, inside: unknown): boolean =>
  named !== undefined && inside !== undefined && named !== inside;

const notAPrice = (pointer: string): FieldError => ({
  pointer,
  code: 'bad_format',
  detail: `${PRICE_PROPERTY} must be a decimal in the currency's smallest unit, such as "1234.56", with at most ${PRICE_INTEGER_DIGITS_MAX} digits before the point and ${PRICE_DECIMAL_PLACES_MAX} after it`,
});
