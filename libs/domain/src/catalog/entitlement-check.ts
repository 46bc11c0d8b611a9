import { checkInteger } from '../kernel/field-check.js';
import type { FieldError } from '../kernel/rule-broken.js';
import { RESET_INTERVALS, type Entitlement, type Feature, type ResetInterval } from './plan.js';

export const PLAN_ENTITLEMENTS_MAX = 100;
/** Most intervals between two resets. */
export const RESET_COUNT_MAX = 1_000;

/** An amount above zero or zero, with at most 20 digits before the point and 15 behind it. */
const AMOUNT = /^\d{1,20}(\.\d{1,15})?$/;

/** Everything that is wrong with the entitlements of a plan; `features` are those that are known and not archived. */
export function checkEntitlements(
  entitlements: readonly Entitlement[],
  features: ReadonlyMap<string, Feature['type']>,
): FieldError[] {
  if (entitlements.length > PLAN_ENTITLEMENTS_MAX) {
    const detail = `Must have at most ${PLAN_ENTITLEMENTS_MAX} entitlements.`;
    return [{ pointer: '/entitlements', code: 'too_many', detail }];
  }
  const seen = new Set<string>();
  return entitlements.flatMap((entitlement, index) => {
    const pointer = `/entitlements/${index}`;
    const { featureCode } = entitlement;
    const repeated = seen.has(featureCode);
    seen.add(featureCode);
    if (repeated) {
      const detail = `The plan grants ${featureCode} more than once.`;
      return [{ pointer: `${pointer}/feature_code`, code: 'duplicate', detail }];
    }
    return checkEntitlement(entitlement, features.get(featureCode), pointer);
  });
}

function checkEntitlement(
  entitlement: Entitlement,
  featureType: Feature['type'] | undefined,
  pointer: string,
): FieldError[] {
  const { featureCode, grant } = entitlement;
  if (featureType === undefined) {
    const detail = `No feature ${featureCode}.`;
    return [{ pointer: `${pointer}/feature_code`, code: 'unknown_feature', detail }];
  }
  if ((featureType === 'boolean') !== (grant === 'flag')) {
    const detail =
      featureType === 'boolean'
        ? 'A boolean feature is granted with "enabled": true.'
        : 'A metered feature is granted with an amount or with "unlimited": true.';
    return [{ pointer, code: 'wrong_grant', detail }];
  }
  return [...checkAmount(entitlement, pointer), ...checkReset(entitlement, pointer)];
}

function checkAmount({ grant, amount }: Entitlement, parent: string): FieldError[] {
  const pointer = `${parent}/amount`;
  if (grant !== 'amount') {
    if (amount === undefined) return [];
    return [{ pointer, code: 'not_allowed', detail: 'Goes with no other kind of grant.' }];
  }
  if (amount !== undefined && AMOUNT.test(amount)) return [];
  const detail = 'Must be a decimal of 0 or more, with up to 20 digits and 15 decimals.';
  return [{ pointer, code: 'invalid_amount', detail }];
}

function checkReset({ grant, reset }: Entitlement, parent: string): FieldError[] {
  if (reset === undefined) return [];
  const pointer = `${parent}/reset`;
  if (grant === 'flag') {
    return [{ pointer, code: 'not_allowed', detail: 'A flag is never reset.' }];
  }
  return [...checkInterval(reset, pointer), ...checkCount(reset, pointer)];
}

function checkInterval({ interval }: ResetInterval, parent: string): FieldError[] {
  if (RESET_INTERVALS.includes(interval)) return [];
  const detail = `Must be one of ${RESET_INTERVALS.join(', ')}.`;
  return [{ pointer: `${parent}/interval`, code: 'unknown_interval', detail }];
}

function checkCount({ interval, count }: ResetInterval, parent: string): FieldError[] {
  const max = interval === 'never' ? 1 : RESET_COUNT_MAX;
  return checkInteger(count, `${parent}/count`, { min: 1, max });
}
