import { decimal, toText } from '../kernel/decimal.js';
import { balanceOf, checkAllowed, type Grant } from './balance.js';

const window = { from: 0, to: 1_000 };
const limited = (amount: string): Grant => ({ amount: decimal(amount) });
const unlimited: Grant = { amount: 'unlimited' };

describe('a balance', () => {
  const numbers = (grants: readonly Grant[], used: string): string[] => {
    const balance = balanceOf({ grants, used: decimal(used), window });
    return [balance.granted, balance.remaining, balance.overage].map(toText);
  };

  it.each([
    ['nothing used', [limited('20')], '0', ['20', '20', '0']],
    ['some used', [limited('20')], '7.5', ['20', '12.5', '0']],
    ['all used', [limited('20')], '20', ['20', '0', '0']],
    ['more than all used', [limited('20')], '20.000000000000001', ['20', '0', '0.000000000000001']],
    ['two subscriptions', [limited('20'), limited('0.1')], '0.2', ['20.1', '19.9', '0']],
    ['usage taken back', [limited('20')], '-5', ['20', '25', '0']],
    ['no grant', [], '3', ['0', '0', '3']],
    ['no limit', [limited('20'), unlimited], '30', ['20', '0', '0']],
  ])('with %s is exact', (_, grants, used, expected) => {
    expect(numbers(grants, used)).toEqual(expected);
  });

  it('says when it resets and what lifts its limit', () => {
    const priced: Grant = { ...limited('1'), overageAllowed: true };
    const used = decimal('2');
    expect(balanceOf({ grants: [limited('1'), priced], used, window })).toMatchObject({
      unlimited: false,
      overageAllowed: true,
      resetsAt: 1_000,
    });
    const forever = { from: 0, to: null };
    expect(balanceOf({ grants: [unlimited], used, window: forever })).toMatchObject({
      unlimited: true,
      overageAllowed: false,
      resetsAt: null,
    });
  });
});

describe('a check', () => {
  const left = (grant: Grant, used: string) =>
    balanceOf({ grants: [grant], used: decimal(used), window });
  const one = decimal('1');

  it('allows what remains, to the last unit', () => {
    expect(checkAllowed(left(limited('20'), '19'), one)).toEqual({ allowed: true });
    expect(checkAllowed(left(limited('20'), '19.1'), one)).toEqual({
      allowed: false,
      reason: 'limit_reached',
    });
  });

  it('allows anything without a limit and where overage is charged', () => {
    expect(checkAllowed(left(unlimited, '1000'), one)).toEqual({ allowed: true });
    const priced = { ...limited('20'), overageAllowed: true };
    expect(checkAllowed(left(priced, '25'), one)).toEqual({ allowed: true });
  });

  it('allows a flag and refuses what nobody granted', () => {
    expect(checkAllowed('flag', one)).toEqual({ allowed: true });
    expect(checkAllowed(null, one)).toEqual({ allowed: false, reason: 'feature_not_granted' });
  });
});
