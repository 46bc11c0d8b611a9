import { fold } from '../kernel/decider.js';
import { feeBookDecider } from './fee-book.js';
import type { FeeEvent, FeesCharged } from './fee-events.js';

const charged = (sequence: number, ...feeIds: string[]): FeesCharged => ({
  bookId: 'b',
  customerId: 'acme',
  subscriptionId: 'sub',
  incarnation: 1,
  planCode: 'basic',
  planVersion: 1,
  currency: 'EUR',
  period: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
  chargedAt: '2026-01-02T00:00:00.000Z',
  sequence,
  counted: [],
  fees: feeIds.map((feeId) => ({
    feeId,
    chargeIndex: 0,
    meterCode: 'calls',
    description: 'calls',
    units: '1',
    unitAmount: '12',
    amount: 1_200,
    transactionId: feeId,
    timestamp: '2026-01-02T00:00:00.000Z',
    regroup: false,
  })),
});

const history: FeeEvent[] = [{ type: 'FeesCharged', data: charged(1, 'f1', 'f2') }];
const book = fold(feeBookDecider, history);

describe('a book of fees', () => {
  it('charges in turn, and each turn once', () => {
    const charge = (data: FeesCharged): FeeEvent[] =>
      feeBookDecider.decide({ type: 'ChargeFees', charged: data }, book);
    expect(charge(charged(2, 'f3'))).toEqual([{ type: 'FeesCharged', data: charged(2, 'f3') }]);
    expect(charge(charged(1, 'f1', 'f2'))).toEqual([]);
    expect(charge(charged(3, 'f4'))).toEqual([]);
  });

  it('keeps what became of each fee', () => {
    const settle = (feeId: string, paymentStatus: 'succeeded' | 'pending'): FeeEvent[] =>
      feeBookDecider.decide({ type: 'SettleFee', feeId, paymentStatus }, book);
    const [settled] = settle('f1', 'succeeded');
    expect(settled).toEqual({
      type: 'FeeSettled',
      data: { feeId: 'f1', paymentStatus: 'succeeded' },
    });
    expect(settle('f2', 'pending')).toEqual([]);
    const after = fold(feeBookDecider, [...history, settled!]);
    expect([...after.statuses]).toEqual([
      ['f1', 'succeeded'],
      ['f2', 'pending'],
    ]);
  });

  it.each([
    ['a fee that is not in it', 'f9', 'succeeded', 'fee_not_found'],
    ['a status that there is not', 'f1', 'lost' as 'failed', 'validation_failed'],
  ] as const)('refuses %s', (_, feeId, paymentStatus, code) => {
    const settle = (): unknown =>
      feeBookDecider.decide({ type: 'SettleFee', feeId, paymentStatus }, book);
    expect(settle).toThrow(expect.objectContaining({ code }) as Error);
  });
});
