import fc from 'fast-check';
import { decimal } from '../kernel/decimal.js';
import { addCompact, compactNumber, compareCompact, toDecimal } from './compact-number.js';

const RUNS = 500;

/** Quantities of few and of many digits, around the places where the form changes. */
const texts = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: -999, max: 999 }),
      fc.integer({ min: 1e15 - 1_000, max: 1e15 + 1_000 }),
      fc.maxSafeInteger(),
    ),
    fc.integer({ min: 0, max: 18 }),
  )
  .map(([digits, places]) => decimal(digits).times(decimal(10).pow(-places)).toFixed());

describe('a compact number', () => {
  it('is exactly the quantity that was sent, in one form', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const compact = compactNumber(text);
        expect(toDecimal(compact).eq(text)).toBe(true);
        expect(compactNumber(compact)).toBe(compact);
        expect(compactNumber(text.includes('.') ? `${text}00` : `${text}.00`)).toBe(compact);
        if (decimal(Number(text)).eq(text)) expect(compactNumber(Number(text))).toBe(compact);
      }),
      { numRuns: RUNS },
    );
  });

  it('adds as decimals do', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const sum = addCompact(compactNumber(a), compactNumber(b));
        expect(sum).toBe(compactNumber(decimal(a).plus(b).toFixed()));
      }),
      { numRuns: RUNS },
    );
  });

  it('compares as decimals do', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(compareCompact(compactNumber(a), compactNumber(b))).toBe(decimal(a).cmp(b));
      }),
      { numRuns: RUNS },
    );
  });

  it('stays exact over many fractions', () => {
    let sum = compactNumber(0);
    for (let i = 0; i < 10_000; i += 1) sum = addCompact(sum, compactNumber(0.1));
    expect(sum).toBe(1000);
  });
});
