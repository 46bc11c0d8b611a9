import { decimal, ZERO, type Decimal } from '../../../kernel/decimal.js';
import type { UsageEvent } from '../../charge-model.js';
import type { PercentageTerms } from './percentage-terms.js';

/** What is left of records once the free rules are through with them. */
export interface PaidEvents {
  /** Units that are free; never below zero. */
  readonly freeUnits: Decimal;
  /** Paid units of each record that is not free; of one that is free in part, the rest. */
  readonly paid: readonly Decimal[];
}

type FreeRules = Pick<PercentageTerms, 'freeEvents' | 'freeUnits'>;

/**
 * Walks the records of a usage of so many units by time. A record is free by count among the first so many, and by total as far as the
 * running total stays within the free units; where both rules are set, what is free is inside both. Without a rule all is paid.
 */
export function paidEvents(
  events: readonly UsageEvent[],
  units: Decimal,
  rules: FreeRules,
): PaidEvents {
  if (rules.freeEvents === null && rules.freeUnits === null) {
    return { freeUnits: ZERO, paid: events.map((event) => event.units) };
  }
  let total = ZERO;
  let free = ZERO;
  const paid: Decimal[] = [];
  events.forEach((event, index) => {
    total = total.plus(event.units);
    if (!isFreeByCount(index, rules)) {
      paid.push(event.units);
      return;
    }
    const reached = withinFree(total, rules);
    const rest = event.units.minus(reached.minus(free));
    free = reached;
    if (rules.freeUnits !== null && total.gt(rules.freeUnits)) paid.push(rest);
  });
  // Once the free records are through, what they brought is what is free. Until then it is all that there is.
  const all = isFreeByCount(events.length - 1, rules) ? withinFree(units, rules) : free;
  return { freeUnits: all, paid };
}

const isFreeByCount = (index: number, { freeEvents }: FreeRules): boolean =>
  freeEvents === null || decimal(index).lt(freeEvents);

/** How much of a total lies within the free units. */
function withinFree(total: Decimal, { freeUnits }: FreeRules): Decimal {
  if (total.lt(0)) return ZERO;
  return freeUnits !== null && total.gt(freeUnits) ? freeUnits : total;
}
