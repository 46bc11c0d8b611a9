import { Decimal, decimal } from './decimal.js';
import { RuleBroken } from './rule-broken.js';

/** ISO 4217 currencies in circulation whose smallest unit is the whole, by code. */
const WITHOUT_MINOR_UNIT = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF';
const WITH_THREE_DECIMALS = 'BHD IQD JOD KWD LYD OMR TND';
const WITH_TWO_DECIMALS = `
  AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
  CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD
  KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
  PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU
  UZS VES WST XCD XCG YER ZAR ZMW ZWG`;

const exponents: ReadonlyMap<string, number> = new Map([
  ...entriesOf(WITHOUT_MINOR_UNIT, 0),
  ...entriesOf(WITH_TWO_DECIMALS, 2),
  ...entriesOf(WITH_THREE_DECIMALS, 3),
]);

/** By exponent. Amounts are converted line by line, and powers of a decimal are long in coming. */
const MINOR_IN_MAJOR = ['1', '10', '100', '1000'].map(decimal);
const MAJOR_IN_MINOR = ['1', '0.1', '0.01', '0.001'].map(decimal);

function entriesOf(codes: string, exponent: number): [string, number][] {
  return codes
    .trim()
    .split(/\s+/)
    .map((code) => [code, exponent]);
}

/** Whether it is an ISO 4217 code that we bill in: upper case, in circulation. */
export const isKnownCurrency = (code: string): boolean => exponents.has(code);

/** Decimal places between the major and the minor unit: 0, 2 or 3. Throws RuleBroken `unknown_currency`. */
export function currencyExponent(currency: string): number {
  const exponent = exponents.get(currency);
  if (exponent === undefined) {
    throw new RuleBroken('unknown_currency', `${currency} is not an ISO 4217 currency we bill in.`);
  }
  return exponent;
}

/**
 * Rounds an amount in major units once, a half away from zero, to an integer in the currency's minor unit.
 * Throws RuleBroken `unknown_currency`, or `amount_too_large` when a JSON number could not carry the result.
 */
export function toMinor(major: Decimal, currency: string): number {
  return wholeMinor(major.times(MINOR_IN_MAJOR[currencyExponent(currency)]!));
}

/** The exact amount in major units of an integer in the minor unit. */
export const toMajor = (minor: number, currency: string): Decimal =>
  decimal(minor).times(majorInMinor(currency));

/** What one minor unit is in major units. */
export const majorInMinor = (currency: string): Decimal =>
  MAJOR_IN_MINOR[currencyExponent(currency)]!;

/**
 * The share of an amount for `days` of `fullDays`, rounded half away from zero. `fullDays` is above 0; `days` may exceed it.
 * Throws RuleBroken `amount_too_large`.
 */
export function prorateMinor(amountMinor: number, days: number, fullDays: number): number {
  return wholeMinor(decimal(amountMinor).times(days).div(fullDays));
}

function wholeMinor(minor: Decimal): number {
  const text = minor.round(0, Decimal.roundHalfUp).toFixed();
  const whole = Number(text);
  if (!Number.isSafeInteger(whole)) {
    throw new RuleBroken(
      'amount_too_large',
      `${text} minor units are more than an amount can hold.`,
    );
  }
  // Adding 0 turns -0 into 0.
  return whole + 0;
}
