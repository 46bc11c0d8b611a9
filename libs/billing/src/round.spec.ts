import type { DueItem } from '@odometer/domain';
import { chooseRound, ROUND_SPAN_MS } from './round.js';

const item = (subscriptionId: string, dueAt: number): DueItem => ({
  tenant: 't',
  kind: 'period',
  dueAt,
  customerId: 'acme',
  subscriptionId,
  incarnation: 1,
  invoiceId: null,
});

describe('a round', () => {
  it('is empty when nothing is due', () => expect(chooseRound([])).toEqual([]));

  it('takes what fell due close to the first', () => {
    const [a, b, c] = [
      item('a', 1_000),
      item('b', 999 + ROUND_SPAN_MS),
      item('c', 1_000 + ROUND_SPAN_MS),
    ];
    expect(chooseRound([a, b, c])).toEqual([a, b]);
  });

  it('takes one thing of each subscription', () => {
    const [first, second, other] = [item('a', 0), item('a', 1), item('b', 2)];
    expect(chooseRound([first, second, other])).toEqual([first, other]);
  });
});
