import fc from 'fast-check';
import { decimal, toText } from './decimal.js';
import { currencyExponent, isKnownCurrency, prorateMinor, toMajor, toMinor } from './money.js';

describe('currencies', () => {
  it.each([
    ['EUR', 2],
    ['USD', 2],
    ['JPY', 0],
    ['XOF', 0],
    ['KWD', 3],
    ['TND', 3],
  ])('%s has %i decimals', (currency, exponent) => {
    expect(currencyExponent(currency)).toBe(exponent);
    expect(isKnownCurrency(currency)).toBe(true);
  });

  it.each(['usd', 'XXX', '', 'EURO', 'constructor'])('%j is none', (currency) => {
    expect(isKnownCurrency(currency)).toBe(false);
    expect(() => currencyExponent(currency)).toThrow(
      expect.objectContaining({ code: 'unknown_currency' }) as Error,
    );
  });
});

describe('an amount in the minor unit', () => {
  it.each([
    ['0', 'EUR', 0],
    ['0.004999999', 'EUR', 0],
    ['0.005', 'EUR', 1],
    ['-0.005', 'EUR', -1],
    ['-0.004', 'EUR', 0],
    ['12.345', 'EUR', 1235],
    ['0.5', 'JPY', 1],
    ['1234.4', 'JPY', 1234],
    ['1.2345', 'KWD', 1235],
    ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
  ])('%s %s is %i', (major, currency, minor) => {
    expect(toMinor(decimal(major), currency)).toBe(minor);
  });

  it('is refused when a JSON number cannot carry it', () => {
    expect(() => toMinor(decimal('90071992547409.92'), 'EUR')).toThrow(
      expect.objectContaining({ code: 'amount_too_large' }) as Error,
    );
  });

  it('comes back as the same major amount', () => {
    expect(toText(toMajor(1235, 'KWD'))).toBe('1.235');
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('JPY', 'EUR', 'KWD'), (minor, currency) => {
        expect(toMinor(toMajor(minor, currency), currency)).toBe(minor + 0);
      }),
    );
  });
});

describe('a share of an amount by days', () => {
  it.each([
    [1000, 0, 31, 0],
    [1000, 31, 31, 1000],
    [1000, 1, 3, 333],
    [1000, 2, 3, 667],
    [1, 1, 2, 1],
    [-1, 1, 2, -1],
    [-1, 1, 3, 0],
    [118800, 243, 366, 78875],
    [91000, 32, 91, 32000],
  ])('%i for %i of %i days is %i', (amount, days, fullDays, share) => {
    expect(prorateMinor(amount, days, fullDays)).toBe(share);
  });

  it('is refused when a JSON number cannot carry it', () => {
    expect(() => prorateMinor(Number.MAX_SAFE_INTEGER, 2, 1)).toThrow('minor units');
  });
});
