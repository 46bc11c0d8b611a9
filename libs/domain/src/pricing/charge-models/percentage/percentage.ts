import { decimal, ZERO, type Decimal } from '../../../kernel/decimal.js';
import type { ChargeModel, ChargeUsage, Price, PriceStep } from '../../charge-model.js';
import { eventsOf } from '../events-of.js';
import { flatStep, priceFromZero, priceOf, unitStep } from '../price-of.js';
import { paidEvents } from './paid-events.js';
import {
  checkPercentage,
  looksAtEvents,
  PERCENTAGE_PROPERTIES,
  percentageTerms,
  type PercentageTerms,
} from './percentage-terms.js';

/**
 * Free units come off first, then the rate and the fixed amounts, then the bounds of each record. With no paid units nothing is
 * due, fixed amounts neither. A record that takes units away is a record like any other: it has its fixed amount and its bounds.
 */
export const percentage: ChargeModel = {
  code: 'percentage',
  title: 'Percentage',
  description:
    'Units are an amount of money; the charge is a percentage of it, with a fixed amount for each record, and bounds.',
  properties: PERCENTAGE_PROPERTIES,
  example: { rate: '1.2', fixed_amount: '0.25', free_units_per_events: 3 },
  check: checkPercentage,
  needsEvents: (properties) => looksAtEvents(percentageTerms(properties)),
  price: (usage, properties) => {
    const terms = percentageTerms(properties);
    return looksAtEvents(terms) ? priceByEvents(usage, terms) : priceOfTotal(usage, terms);
  },
};

function priceOfTotal({ units, eventsCount }: ChargeUsage, terms: PercentageTerms): Price {
  const free = smaller(terms.freeUnits ?? ZERO, units);
  const paid = units.minus(free);
  if (paid.eq(0)) return priceOf(freeSteps(free));
  return priceOf([...freeSteps(free), ...paidSteps(paid, eventsCount, terms)]);
}

function priceByEvents(usage: ChargeUsage, terms: PercentageTerms): Price {
  const { freeUnits, paid } = paidEvents(eventsOf(usage), usage.units, terms);
  const free = smaller(freeUnits, usage.units);
  const paidUnits = usage.units.minus(free);
  if (paidUnits.eq(0)) return priceOf(freeSteps(free));
  if (terms.min === null && terms.max === null) {
    return priceOf([...freeSteps(free), ...paidSteps(paidUnits, paid.length, terms)]);
  }
  const sum = paid.reduce((total, units) => total.plus(units), ZERO);
  return priceFromZero([
    ...freeSteps(free),
    ...paidSteps(sum, paid.length, terms),
    ...boundSteps(paid, terms),
  ]);
}

const freeSteps = (units: Decimal): PriceStep[] =>
  units.eq(0) ? [] : [unitStep('free units', units, ZERO)];

function paidSteps(units: Decimal, events: number, { rate, fixed }: PercentageTerms): PriceStep[] {
  const percent = unitStep('percentage of units', units, rate);
  return fixed.eq(0) ? [percent] : [percent, unitStep('fixed amounts', decimal(events), fixed)];
}

/** What the bounds add to records that cost too little, and take from those that cost too much. */
function boundSteps(
  paid: readonly Decimal[],
  { rate, fixed, min, max }: PercentageTerms,
): PriceStep[] {
  const amounts = paid.map((units) => units.times(rate).plus(fixed));
  const raised = amounts.filter((amount) => min !== null && amount.lt(min));
  const lowered = amounts.filter((amount) => max !== null && amount.gt(max));
  return [
    ...differenceStep('raised to the minimum', raised, min),
    ...differenceStep('lowered to the maximum', lowered, max),
  ];
}

function differenceStep(
  label: string,
  amounts: readonly Decimal[],
  bound: Decimal | null,
): PriceStep[] {
  if (bound === null || amounts.length === 0) return [];
  const count = decimal(amounts.length);
  const sum = amounts.reduce((total, amount) => total.plus(amount), ZERO);
  return [flatStep(label, count, bound.times(count).minus(sum))];
}

const smaller = (a: Decimal, b: Decimal): Decimal => (a.lt(b) ? a : b);
