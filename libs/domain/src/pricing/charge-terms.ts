import { checkInteger } from '../kernel/field-check.js';
import type { FieldError } from '../kernel/rule-broken.js';
import { findAggregation } from '../metering/aggregations/registry.js';
import type { Meter } from '../metering/meter.js';
import type { Charge } from './charge.js';
import { findChargeModel } from './charge-models/registry.js';

/** What decides whether a charge may be prorated or paid in advance: its meter. */
export type ChargedMeter = Pick<Meter, 'aggregation' | 'recurring'>;

/** What is wrong with how a charge is billed: which of its terms go together, and with its meter and model. */
export function checkTerms(charge: Charge, meter: ChargedMeter, pointer: string): FieldError[] {
  return [
    ...checkMinimum(charge, pointer),
    ...checkProration(charge, meter, pointer),
    ...checkAdvance(charge, meter, pointer),
  ];
}

function checkMinimum({ minAmount, payInAdvance }: Charge, pointer: string): FieldError[] {
  if (minAmount === undefined) return [];
  const at = `${pointer}/min_amount`;
  if (payInAdvance === true) {
    return [notAllowed(at, 'A charge that is paid in advance has no least amount.')];
  }
  return checkInteger(minAmount, at, { min: 0, max: Number.MAX_SAFE_INTEGER });
}

function checkProration(
  { prorated, payInAdvance, model }: Charge,
  meter: ChargedMeter,
  pointer: string,
): FieldError[] {
  if (prorated !== true) return [];
  const at = `${pointer}/prorated`;
  const { type } = meter.aggregation;
  const byDay = findAggregation(type)?.dailyChanges !== undefined;
  if (meter.recurring !== true || !byDay) {
    return [
      notAllowed(at, 'Only usage of a recurring meter of type sum or unique_count is prorated.'),
    ];
  }
  const known = findChargeModel(model);
  if (known !== undefined && known.prorated === undefined) {
    return [notAllowed(at, `The charge model ${model} has no price by the day.`)];
  }
  if (payInAdvance === true && known !== undefined && known.proratedInAdvance !== true) {
    return [
      notAllowed(at, `The charge model ${model} is not prorated and paid in advance at once.`),
    ];
  }
  return [];
}

function checkAdvance(charge: Charge, meter: ChargedMeter, pointer: string): FieldError[] {
  const { payInAdvance, invoiceable, regroupPaidFees, model } = charge;
  const errors: FieldError[] = [];
  if (payInAdvance === true) {
    const { type } = meter.aggregation;
    if (findAggregation(type)?.payableInAdvance !== true) {
      const detail = `Usage of type ${type} cannot be paid in advance.`;
      errors.push(notAllowed(`${pointer}/pay_in_advance`, detail));
    }
    if (findChargeModel(model)?.payableInAdvance === false) {
      const detail = `A price of model ${model} is only known when the period ends.`;
      errors.push(notAllowed(`${pointer}/pay_in_advance`, detail));
    }
  }
  if (invoiceable === false && payInAdvance !== true) {
    const detail = 'Only charges that are paid in advance are kept off invoices.';
    errors.push(notAllowed(`${pointer}/invoiceable`, detail));
  }
  if (regroupPaidFees === true && invoiceable !== false) {
    const detail = 'Only fees that are kept off invoices are gathered.';
    errors.push(notAllowed(`${pointer}/regroup_paid_fees`, detail));
  }
  return errors;
}

const notAllowed = (pointer: string, detail: string): FieldError => ({
  pointer,
  code: 'not_allowed',
  detail,
});
