import type { CountedUsage } from '../invoice/invoice-events.js';
import type { Decider } from '../kernel/decider.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import {
  FEE_PAYMENT_STATUSES,
  type FeeEvent,
  type FeePaymentStatus,
  type FeesCharged,
} from './fee-events.js';

export type FeeCommand =
  | { readonly type: 'ChargeFees'; readonly charged: FeesCharged }
  /** What became of a fee, as the one who collects it says. */
  | {
      readonly type: 'SettleFee';
      readonly feeId: string;
      readonly paymentStatus: FeePaymentStatus;
    };

export interface FeeBook {
  /** How often fees were charged. */
  readonly sequence: number;
  readonly counted: readonly CountedUsage[];
  readonly statuses: ReadonlyMap<string, FeePaymentStatus>;
}

/**
 * Fees are charged in turn: a turn that was taken already is quiet, so that two who bill the same records charge them once. Refusals:
 * `fee_not_found`, `unknown_payment_status`. The same status again is quiet.
 */
export const feeBookDecider: Decider<FeeBook, FeeCommand, FeeEvent> = {
  initialState: () => ({ sequence: 0, counted: [], statuses: new Map() }),
  decide(command, book) {
    switch (command.type) {
      case 'ChargeFees':
        return command.charged.sequence === book.sequence + 1
          ? [{ type: 'FeesCharged', data: command.charged }]
          : [];
      case 'SettleFee':
        return settle(command.feeId, command.paymentStatus, book);
    }
  },
  evolve(book, event) {
    switch (event.type) {
      case 'FeesCharged': {
        const { sequence, counted, fees } = event.data;
        const fresh = fees.map(({ feeId }) => [feeId, 'pending'] as const);
        return { sequence, counted, statuses: new Map([...book.statuses, ...fresh]) };
      }
      case 'FeeSettled': {
        const { feeId, paymentStatus } = event.data;
        return { ...book, statuses: new Map([...book.statuses, [feeId, paymentStatus]]) };
      }
    }
  },
};

function settle(feeId: string, paymentStatus: FeePaymentStatus, { statuses }: FeeBook): FeeEvent[] {
  const known = statuses.get(feeId);
  if (known === undefined) throw new RuleBroken('fee_not_found', `No fee ${feeId}.`, 'not_found');
  if (!FEE_PAYMENT_STATUSES.includes(paymentStatus)) {
    const detail = `Must be one of ${FEE_PAYMENT_STATUSES.join(', ')}.`;
    throw new RuleBroken('validation_failed', 'The payment status is not known.', 'invalid', [
      { pointer: '/payment_status', code: 'unknown_payment_status', detail },
    ]);
  }
  return known === paymentStatus ? [] : [{ type: 'FeeSettled', data: { feeId, paymentStatus } }];
}
