import Big from 'big.js';

/**
 * Exact decimals for quantities and prices. Strict mode refuses binary floats at the door: numbers must arrive as strings.
 * Division is the only inexact operation; DECIMAL_PLACES is how far it is carried, far beyond any currency's minor unit.
 */
export const Decimal = Big();
Decimal.DP = 40;
Decimal.RM = Big.roundHalfUp;
Decimal.NE = -100;
Decimal.PE = 100;

export type Decimal = Big;

export const ZERO: Decimal = new Decimal(0);

/** A decimal from text. Throws on anything that is not a finite decimal number. */
export const decimal = (text: string | number | Decimal): Decimal => new Decimal(text);

/** Plain notation without trailing zeros: `"0.75"`, `"1200"`, never an exponent. */
export const toText = (value: Decimal): string => value.toFixed();
