import {
  elapsedOf,
  projectCharge,
  projectTotal,
  type Elapsed,
  type Instant,
} from '@odometer/domain';
import { inUse, type ChargeInUse } from './charge-in-use.js';
import { stretchOfPeriod } from './read-charges.js';
import type { Running } from './running-period.js';
import type { CurrentUsage, UsedCharge } from './current-usage.js';

/** The usage of the running period, and what it will be at its end if usage goes on as it did. */
export interface ProjectedUsage extends CurrentUsage {
  /** How much of the period is over. */
  readonly over: Elapsed;
  readonly projected: {
    readonly amount: number;
    /** As many as `charges`, with as many filters and groups, in the same order. */
    readonly charges: readonly ChargeInUse[];
  };
}

/** Adds the projection to what was read. Nothing more is read for it. */
export function projectUsage(
  { billed, due }: Running,
  current: CurrentUsage,
  used: readonly UsedCharge[],
  now: Instant,
): ProjectedUsage {
  const over = elapsedOf(due.period, now);
  const stretch = stretchOfPeriod(billed, due.period, due.timezone);
  const terms = { stretch, unitRounding: billed.settings.rounding };
  const charges = used.map(({ priced, ofMeter }) => {
    const { meter } = priced.usage;
    const projected = projectCharge(billed.plan, priced, terms, over);
    return inUse(
      projected,
      ofMeter.map((total) => projectTotal(meter, total, over)),
    );
  });
  const amount = charges.reduce((sum, charge) => sum + charge.amount, 0);
  return { ...current, over, projected: { amount, charges } };
}
