import { decimal, toText } from '../kernel/decimal.js';
import type { MeterRounding } from './meter.js';
import { roundQuantity } from './rounding.js';

describe('rounding of a quantity', () => {
  it.each<[string, MeterRounding['mode'], number, string]>([
    ['0', 'ceil', 0, '0'],
    ['2.5', 'round', 0, '3'],
    ['-2.5', 'round', 0, '-3'],
    ['2.4999', 'round', 0, '2'],
    ['1.005', 'round', 2, '1.01'],
    ['14.99', 'round', -1, '10'],
    ['15', 'round', -1, '20'],
    ['2.0001', 'ceil', 0, '3'],
    ['-2.9', 'ceil', 0, '-2'],
    ['101', 'ceil', -2, '200'],
    ['1', 'ceil', -3, '1000'],
    ['2.9', 'floor', 0, '2'],
    ['-2.1', 'floor', 0, '-3'],
    ['-0.4', 'round', 0, '0'],
    ['199', 'floor', -2, '100'],
    ['1.239', 'floor', 2, '1.23'],
  ])('%s by %s to %i places is %s', (value, mode, precision, expected) => {
    expect(toText(roundQuantity(decimal(value), { mode, precision }))).toBe(expected);
  });

  it('leaves the quantity alone without a rounding', () => {
    expect(toText(roundQuantity(decimal('1.23456'), undefined))).toBe('1.23456');
  });
});
