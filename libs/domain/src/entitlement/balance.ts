import { ZERO, type Decimal } from '../kernel/decimal.js';
import type { Instant } from '../kernel/instant.js';
import type { ResetWindow } from './reset-window.js';

/** One grant of a feature that is in force. */
export interface Grant {
  readonly amount: Decimal | 'unlimited';
  /** Whether usage beyond the grants is allowed because it is charged. */
  readonly overageAllowed?: boolean | undefined;
}

/** What a customer has of a metered feature in a window. `granted` is the sum of the limited grants. */
export interface Balance {
  readonly granted: Decimal;
  readonly used: Decimal;
  /** Never below zero; what goes beyond is `overage`. Without meaning when `unlimited`. */
  readonly remaining: Decimal;
  readonly overage: Decimal;
  readonly unlimited: boolean;
  readonly overageAllowed: boolean;
  readonly resetsAt: Instant | null;
}

/** Grants of one feature add up, and one unlimited grant lifts the limit. `used` is the usage of the window. */
export function balanceOf(input: {
  readonly grants: readonly Grant[];
  readonly used: Decimal;
  readonly window: ResetWindow;
}): Balance {
  const { grants, used, window } = input;
  const unlimited = grants.some((grant) => grant.amount === 'unlimited');
  const granted = grants.reduce(
    (sum, { amount }) => (amount === 'unlimited' ? sum : sum.plus(amount)),
    ZERO,
  );
  const open = granted.minus(used);
  return {
    granted,
    used,
    remaining: open.gt(ZERO) ? open : ZERO,
    overage: !unlimited && open.lt(ZERO) ? ZERO.minus(open) : ZERO,
    unlimited,
    overageAllowed: grants.some((grant) => grant.overageAllowed === true),
    resetsAt: window.to,
  };
}

export type RefusalReason = 'feature_not_granted' | 'limit_reached';

export interface CheckResult {
  readonly allowed: boolean;
  readonly reason?: RefusalReason;
}

/** Whether `required` more may be used. `access` is the balance of a metered feature, `'flag'` for a boolean one, null = not granted. */
export function checkAllowed(access: Balance | 'flag' | null, required: Decimal): CheckResult {
  if (access === null) return { allowed: false, reason: 'feature_not_granted' };
  if (access === 'flag' || access.unlimited || access.overageAllowed) return { allowed: true };
  return required.lte(access.remaining)
    ? { allowed: true }
    : { allowed: false, reason: 'limit_reached' };
}
