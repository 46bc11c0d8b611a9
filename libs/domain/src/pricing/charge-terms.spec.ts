import type { Charge } from './charge.js';
import { checkTerms, type ChargedMeter } from './charge-terms.js';

const counts: ChargedMeter = { aggregation: { type: 'count' } };
const seats: ChargedMeter = { aggregation: { type: 'sum', field: 'n' }, recurring: true };
const peaks: ChargedMeter = { aggregation: { type: 'max', field: 'n' } };

const errorsOf = (meter: ChargedMeter, changes: Partial<Charge>): string[] =>
  checkTerms(
    { meterCode: 'm', model: 'standard', properties: { amount: '1' }, ...changes },
    meter,
    '/charges/0',
  ).map(({ pointer, code }) => `${pointer.slice('/charges/0/'.length)} ${code}`);

describe('the terms of a charge', () => {
  it.each<[string, ChargedMeter, Partial<Charge>]>([
    ['in arrears', counts, {}],
    ['with a least amount', counts, { minAmount: 100 }],
    ['prorated', seats, { prorated: true }],
    ['prorated by ranges', seats, { prorated: true, model: 'graduated' }],
    ['prorated and in advance', seats, { prorated: true, payInAdvance: true }],
    ['in advance', counts, { payInAdvance: true }],
    ['off invoices', counts, { payInAdvance: true, invoiceable: false }],
    ['gathered', counts, { payInAdvance: true, invoiceable: false, regroupPaidFees: true }],
    ['of a model that is reported elsewhere', seats, { prorated: true, model: 'nothing' }],
  ])('are fine %s', (_, meter, changes) => expect(errorsOf(meter, changes)).toEqual([]));

  it.each<[string, ChargedMeter, Partial<Charge>, string[]]>([
    [
      'a least amount in advance',
      counts,
      { minAmount: 1, payInAdvance: true },
      ['min_amount not_allowed'],
    ],
    ['a least amount below zero', counts, { minAmount: -1 }, ['min_amount out_of_range']],
    ['proration without recurrence', counts, { prorated: true }, ['prorated not_allowed']],
    [
      'proration of peaks',
      { ...peaks, recurring: true },
      { prorated: true },
      ['prorated not_allowed'],
    ],
    [
      'proration of packages',
      seats,
      { prorated: true, model: 'package' },
      ['prorated not_allowed'],
    ],
    [
      'proration by ranges in advance',
      seats,
      { prorated: true, model: 'graduated', payInAdvance: true },
      ['prorated not_allowed'],
    ],
    ['peaks in advance', peaks, { payInAdvance: true }, ['pay_in_advance not_allowed']],
    [
      'volume in advance',
      counts,
      { payInAdvance: true, model: 'volume' },
      ['pay_in_advance not_allowed'],
    ],
    [
      'adjustments in advance',
      counts,
      { payInAdvance: true, adjustments: [] },
      ['adjustments not_allowed'],
    ],
    [
      'gathering what is invoiced',
      counts,
      { payInAdvance: true, regroupPaidFees: true },
      ['regroup_paid_fees not_allowed'],
    ],
    [
      'arrears off invoices',
      counts,
      { invoiceable: false, regroupPaidFees: true },
      ['invoiceable not_allowed', 'regroup_paid_fees not_allowed'],
    ],
  ])('refuse %s', (_, meter, changes, errors) => expect(errorsOf(meter, changes)).toEqual(errors));
});
