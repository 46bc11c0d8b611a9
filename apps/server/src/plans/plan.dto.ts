import {
  PLAN_CHARGES_MAX,
  PLAN_INTERVALS,
  RESET_INTERVALS,
  type Entitlement,
  type Plan,
  type PlanInterval,
  type ResetInterval,
} from '@odometer/domain';
import {
  ChoiceField,
  DecimalField,
  FlagField,
  IntegerField,
  NestedField,
  NestedListField,
  TextField,
} from '../http/fields.js';
import { ChargeBody, chargeOf } from './charge.dto.js';
import { grantOf } from './grant.js';

const ENTITLEMENTS_MAX = 100;

class ResetBody {
  @ChoiceField({ description: 'How often the balance starts anew.', values: RESET_INTERVALS })
  interval!: ResetInterval['interval'];

  @IntegerField({
    description: 'Intervals between resets.',
    min: 1,
    max: 1_000,
    optional: true,
    default: 1,
  })
  count?: number;
}

export class EntitlementBody {
  @TextField({ description: 'The feature that is granted.', max: 100 })
  feature_code!: string;

  @DecimalField({ description: 'Units per reset interval.', optional: true })
  amount?: string;

  @FlagField({ description: 'True: without a limit.', optional: true })
  unlimited?: boolean;

  @FlagField({ description: 'True: grants a boolean feature.', optional: true })
  enabled?: boolean;

  @NestedField({
    description: 'When the balance starts anew.',
    of: () => ResetBody,
    optional: true,
  })
  reset?: ResetBody;
}

/** A plan without its code. */
export class PlanChangeBody {
  @TextField({ description: 'Name to show.', max: 255 })
  name!: string;

  @TextField({ description: 'ISO 4217 code.', example: 'USD', max: 3 })
  currency!: string;

  @ChoiceField({ description: 'Billing interval.', values: PLAN_INTERVALS })
  interval!: PlanInterval;

  @IntegerField({
    description: "Fee per interval in the currency's smallest unit.",
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    example: 4900,
  })
  amount!: number;

  @FlagField({ description: 'Bill the fee at the start.', optional: true, default: false })
  pay_in_advance?: boolean;

  @NestedListField({
    description: 'Prices of usage.',
    of: () => ChargeBody,
    max: PLAN_CHARGES_MAX,
    optional: true,
  })
  charges?: ChargeBody[];

  @NestedListField({
    description: 'What the plan grants.',
    of: () => EntitlementBody,
    max: ENTITLEMENTS_MAX,
    optional: true,
  })
  entitlements?: EntitlementBody[];
}

export class PlanBody extends PlanChangeBody {
  @TextField({ description: 'Your code of the plan.', example: 'pro', max: 100 })
  code!: string;
}

/** Throws RuleBroken `validation_failed` for an entitlement that grants nothing, or two things at once. */
export const planOf = (code: string, body: PlanChangeBody): Omit<Plan, 'version'> => ({
  code,
  name: body.name,
  currency: body.currency,
  interval: body.interval,
  amount: body.amount,
  payInAdvance: body.pay_in_advance ?? false,
  charges: (body.charges ?? []).map(chargeOf),
  entitlements: (body.entitlements ?? []).map(entitlementOf),
});

const entitlementOf = (body: EntitlementBody, index: number): Entitlement => ({
  featureCode: body.feature_code,
  ...grantOf(body, `/entitlements/${index}`),
  ...(body.reset == null
    ? {}
    : { reset: { interval: body.reset.interval, count: body.reset.count ?? 1 } }),
});
