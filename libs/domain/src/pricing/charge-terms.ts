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
  return charge.payInAdvance === true
    ? [...checkPaidInAdvance(charge, meter, pointer), ...checkRegrouping(charge, pointer)]
    : checkPaidInArrears(charge, pointer);
}

function checkPaidInAdvance(
  { adjustments, model }: Charge,
  { aggregation: { type } }: ChargedMeter,
  pointer: string,
): FieldError[] {
  const at = `${pointer}/pay_in_advance`;
  const errors: FieldError[] = [];
  if (findAggregation(type)?.payableInAdvance !== true) {
    errors.push(notAllowed(at, `Usage of type ${type} cannot be paid in advance.`));
  }
  if (findChargeModel(model)?.payableInAdvance === false) {
    errors.push(notAllowed(at, `A price of model ${model} is only known when the period ends.`));
  }
  if (adjustments !== undefined) {
    const detail = 'A charge that is paid in advance has no adjustments.';
    errors.push(notAllowed(`${pointer}/adjustments`, detail));
  }
  return errors;
}

function checkRegrouping({ invoiceable, regroupPaidFees }: Charge, pointer: string): FieldError[] {
  if (regroupPaidFees !== true || invoiceable === false) return [];
  const detail = 'Only fees that are kept off invoices are gathered.';
  return [notAllowed(`${pointer}/regroup_paid_fees`, detail)];
}

function checkPaidInArrears(
  { invoiceable, regroupPaidFees }: Charge,
  pointer: string,
): FieldError[] {
  const detail = 'Only fees that are paid in advance are kept off invoices.';
  return [
    ...(invoiceable === false ? [notAllowed(`${pointer}/invoiceable`, detail)] : []),
    ...(regroupPaidFees === true ? [notAllowed(`${pointer}/regroup_paid_fees`, detail)] : []),
  ];
}

const notAllowed = (pointer: string, detail: string): FieldError => ({
  pointer,
  code: 'not_allowed',
  detail,
});
