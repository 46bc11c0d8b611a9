import type { Plan } from '../catalog/plan.js';
import { decimal } from '../kernel/decimal.js';
import type { Charge } from '../pricing/charge.js';
import { meterOf, partOf, stretchOf, type RecordOf } from '../pricing/rate-part.fixture.js';
import { buildAdvanceLines } from './advance-lines.js';
import { chargeLines, trueUpLine } from './charge-line.js';
import { buildInvoiceLines } from './invoice-lines.js';
import { chargeOf, priceCharge, type PricedCharge } from './priced-charge.js';

const march = stretchOf('2024-03');
const meter = meterOf('sum');

const planOf = (charge: Partial<Charge>): Plan => ({
  code: 'basic',
  version: 1,
  name: 'Basic',
  currency: 'EUR',
  interval: 'month',
  amount: 0,
  payInAdvance: false,
  charges: [{ meterCode: 'm', model: 'standard', properties: { amount: '2' }, ...charge }],
  entitlements: [],
});

function pricedOf(
  plan: Plan,
  records: readonly RecordOf[],
  key: PricedCharge['parts'][number]['part']['key'] = { filter: null, group: {} },
): PricedCharge {
  const parts = [{ ...partOf(meter, march, records), key }];
  return priceCharge(
    plan,
    { chargeIndex: 0, meter, parts, position: 9, cut: [9] },
    { stretch: march, unitRounding: 'exact', closesPeriod: true },
  );
}

const on = (day: string, value: string): RecordOf => ({ at: `2024-03-${day}T00:00:00Z`, value });

const contextOf = (plan: Plan) => ({ plan, subscriptionId: 'sub', period: march.period });

describe('invoices of usage paid in advance', () => {
  const plan = planOf({ payInAdvance: true });
  const counted = (amount: number, cut: number[]) => ({
    chargeIndex: 0,
    meterCode: 'm',
    meterVersion: 1,
    recordCount: 0,
    digest: '',
    amount,
    cut,
  });

  it('have a line for each record that costs something', () => {
    const priced = pricedOf(plan, [on('02', '3'), on('03', '-1'), on('04', '2')]);
    const content = buildAdvanceLines(contextOf(plan), [priced], []);
    expect(content?.lines.map(({ units, amount, details }) => [units, amount, details])).toEqual([
      ['3', 600, { amount: '6', transaction_id: 't0', timestamp: '2024-03-02T00:00:00.000Z' }],
      ['2', 200, { amount: '2', transaction_id: 't2', timestamp: '2024-03-04T00:00:00.000Z' }],
    ]);
    expect(content).toMatchObject({ total: 800, counted: [{ amount: 800, cut: [9] }] });
  });

  it('leave out what was billed before, by the place in the log', () => {
    const priced = pricedOf(plan, [on('02', '3'), on('04', '2')]);
    const content = buildAdvanceLines(contextOf(plan), [priced], [counted(600, [1])]);
    expect(content).toMatchObject({ total: 400, counted: [{ amount: 1_000 }] });
    expect(buildAdvanceLines(contextOf(plan), [priced], [counted(1_000, [2])])).toBeNull();
    const shardless = { ...counted(0, []), cut: undefined };
    expect(buildAdvanceLines(contextOf(plan), [priced], [shardless])?.total).toBe(1_000);
  });

  it('have nothing of a charge that waits for the end of the period', () => {
    const later = planOf({});
    const priced = pricedOf(later, [on('02', '3')]);
    expect(buildAdvanceLines(contextOf(later), [priced], [])).toBeNull();
  });

  it('bill what a recurring meter brought along at the start of the period', () => {
    const seats = meterOf('sum', true);
    const parts = [
      { ...partOf(seats, march, [{ at: '2024-02-10T00:00:00Z', value: '4' }, on('02', '1')]) },
    ];
    const priced = priceCharge(
      plan,
      { chargeIndex: 0, meter: seats, parts, position: 9, cut: [9] },
      { stretch: march, unitRounding: 'exact', closesPeriod: true },
    );
    const content = buildAdvanceLines(contextOf(plan), [priced], []);
    expect(content?.lines.map(({ units, amount, details }) => [units, amount, details])).toEqual([
      ['4', 800, { amount: '8', carried_over: true }],
      ['1', 200, { amount: '2', transaction_id: 't1', timestamp: '2024-03-02T00:00:00.000Z' }],
    ]);
    // Once billed it is not billed again.
    expect(buildAdvanceLines(contextOf(plan), [priced], [counted(800, [1])])?.total).toBe(200);
  });

  it('name the filter and the group', () => {
    const filtered = planOf({
      payInAdvance: true,
      groupBy: ['team'],
      filters: [{ values: { region: ['eu'] }, properties: { amount: '3' } }],
    });
    const key = { filter: 0, group: { team: null } };
    const content = buildAdvanceLines(
      contextOf(filtered),
      [pricedOf(filtered, [on('02', '1')], key)],
      [],
    );
    expect(content?.lines).toMatchObject([
      {
        description: 'm • eu • team: –',
        amount: 300,
        details: { filter: { region: ['eu'] }, group: { team: null } },
      },
    ]);
  });

  it('are made up for when the period closes, unless the fees stay off invoices', () => {
    const priced = pricedOf(plan, [on('02', '3')]);
    const basis = {
      plan,
      subscriptionId: 'sub',
      fee: null,
      usagePeriod: march.period,
      usage: [priced],
      trueUps: [],
    };
    expect(buildInvoiceLines(basis).lines).toMatchObject([
      { description: 'm: not billed before', amount: 600, details: { worth: '6', billed: '0' } },
    ]);
    const billed = { ...basis, inAdvance: [counted(600, [1])] };
    expect(buildInvoiceLines(billed).lines).toEqual([]);
    const off = planOf({ payInAdvance: true, invoiceable: false });
    const kept = { ...basis, plan: off, usage: [pricedOf(off, [on('02', '3')])] };
    expect(buildInvoiceLines(kept).lines).toEqual([]);
  });
});

describe('a priced charge', () => {
  it('is led through its adjustments', () => {
    const plan = planOf({
      displayName: 'Calls',
      minAmount: 1_000,
      adjustments: [{ type: 'percentage_discount', properties: { rate: '50' } }],
    });
    const priced = pricedOf(plan, [on('02', '3')]);
    expect(priced.amount).toBe(1_000);
    expect(
      chargeLines(contextOf(plan), priced).map(({ type, description, amount }) => [
        type,
        description,
        amount,
      ]),
    ).toEqual([
      ['charge', 'Calls', 600],
      ['charge', 'Calls: percentage discount', -300],
      ['true_up', 'Calls: minimum', 700],
    ]);
  });

  it('is never below zero', () => {
    const plan = planOf({});
    expect(pricedOf(plan, [on('02', '-3')])).toMatchObject({ amount: 0 });
    const advance = planOf({ payInAdvance: true });
    const [part] = pricedOf(advance, [on('02', '-3')]).parts;
    expect(part?.units.eq(decimal(0))).toBe(true);
  });

  it('is corrected part by part', () => {
    const plan = planOf({ groupBy: ['team'] });
    const priced = pricedOf(plan, [on('02', '3')], { filter: null, group: { team: 'a' } });
    const line = trueUpLine('sub', {
      plan,
      period: march.period,
      priced,
      billed: 100,
      invoiceId: 'i',
      number: 'N',
    });
    expect(line).toMatchObject({
      amount: 500,
      details: { worth: '6', billed: '1', parts: [{ group: { team: 'a' }, units: '3' }] },
    });
  });

  it('is of a charge that the plan has', () => {
    expect(() => chargeOf(planOf({}), 3)).toThrow('has no charge 3');
  });
});
