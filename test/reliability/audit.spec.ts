import type { ShownUsage } from '../e2e/crash-audit.js';
import { emptyLedger, type LifeLedger, type SentRecord } from '../e2e/crash-load.js';
import { auditUsage, differences, recount } from './audit.js';

const record = (id: string, units: number, customer = 'c'): SentRecord => ({
  transaction_id: id,
  code: 'calls',
  customer_id: customer,
  timestamp: '2026-03-01T00:00:00Z',
  properties: { units },
});

/** Sends a, b and c; a and b are acknowledged. */
function ledger(): LifeLedger {
  const made = emptyLedger();
  for (const one of [record('a', 1), record('b', 2), record('c', 3)]) {
    made.sent.set(one.transaction_id, one);
  }
  return { ...made, acknowledged: new Set(['a', 'b']) };
}

const shown = (
  records: readonly SentRecord[],
  total = {
    count: records.length,
    sum: records.reduce((sum, one) => sum + one.properties.units, 0),
  },
): ShownUsage => ({
  listed: new Map(records.map((one) => [one.transaction_id, { record: one, times: 1 }])),
  ...total,
  totals: new Map([['c', total]]),
});

const NOTHING = { losses: [], doubles: [], inventions: [], refusals: [] };

describe('the audit of a run', () => {
  it('finds nothing when all that was acknowledged counts once, whatever became of the rest', () => {
    expect(auditUsage(ledger(), shown([record('a', 1), record('b', 2)]))).toEqual(NOTHING);
    const open = [record('a', 1), record('b', 2), record('c', 3)];
    expect(auditUsage(ledger(), shown(open))).toEqual(NOTHING);
  });

  it('finds an acknowledged record that is lost', () => {
    expect(auditUsage(ledger(), shown([record('a', 1)])).losses).toEqual(['b']);
  });

  it('finds a record that is listed, and not in the totals', () => {
    const totals = { count: 1, sum: 1 };
    expect(auditUsage(ledger(), shown([record('a', 1), record('b', 2)], totals)).losses).toEqual([
      'the count of c is 1, of the listed records 2',
      'the sum of c is 1, of the listed records 3',
    ]);
  });

  it('finds what counts twice, in the list and in the totals', () => {
    const twice = shown([record('a', 1), record('b', 2)], { count: 3, sum: 5 });
    const listed = new Map([...twice.listed, ['b', { record: record('b', 2), times: 2 }] as const]);
    expect(auditUsage(ledger(), { ...twice, listed }).doubles).toEqual([
      'b is listed 2 times',
      'the count of c is 3, of the listed records 2',
      'the sum of c is 5, of the listed records 3',
    ]);
  });

  it('finds what was never sent, and what is not as it was sent', () => {
    const records = [record('a', 7), record('b', 2, 'other'), record('x', 1)];
    expect(auditUsage(ledger(), shown(records)).inventions).toEqual(['a', 'b', 'x']);
  });

  it('tells of refusals for good', () => {
    const refused = { ...ledger(), refusals: ['422 no'] };
    const all = shown([record('a', 1), record('b', 2)]);
    expect(auditUsage(refused, all).refusals).toEqual(['422 no']);
  });

  it('adds records up by customer, and tells where two sources differ', () => {
    const totals = recount([record('a', 1), record('b', 2), record('d', 5, 'other')]);
    expect([...totals]).toEqual([
      ['c', { count: 2, sum: 3 }],
      ['other', { count: 1, sum: 5 }],
    ]);
    expect(differences(totals, totals)).toEqual([]);
    expect(differences(totals, recount([record('a', 1), record('b', 2)]))).toEqual([
      'other: {"count":1,"sum":5}, and {"count":0,"sum":0}',
    ]);
  });
});
