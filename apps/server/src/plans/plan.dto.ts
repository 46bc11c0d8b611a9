import {
  CHARGE_FILTERS_MAX,
  CHARGE_GROUP_KEYS_MAX,
  PLAN_CHARGES_MAX,
  PLAN_INTERVALS,
  RESET_INTERVALS,
  type Charge,
  type ChargeFilter,
  type Entitlement,
  type JsonObject,
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
  ObjectField,
  TextField,
  TextListField,
  TextListMapField,
} from '../http/fields.js';
import { grantOf } from './grant.js';

const ENTITLEMENTS_MAX = 100;
const ADJUSTMENTS_MAX = 10;

class ChargeFilterBody {
  @TextListMapField({
    description:
      'Records whose property has one of the values, for every key; `__ALL_FILTER_VALUES__` stands for any value.',
    example: { region: ['eu', 'us'] },
  })
  values!: Record<string, string[]>;

  @ObjectField({ description: 'What the model asks for, for these records.' })
  properties!: JsonObject;

  @TextField({ description: 'Name on the invoice.', optional: true, max: 255 })
  display_name?: string;
}

class AdjustmentBody {
  @TextField({ description: 'The kind of adjustment.', example: 'percentage_discount', max: 50 })
  type!: string;

  @ObjectField({ description: 'What it asks for.', example: { rate: '10' } })
  properties!: JsonObject;
}

export class ChargeBody {
  @TextField({ description: 'The meter whose usage is priced.', max: 100 })
  meter_code!: string;

  @TextField({ description: 'The charge model.', example: 'standard', max: 50 })
  model!: string;

  @ObjectField({
    description: 'What the model asks for; amounts are decimal texts in major units.',
    example: { amount: '0.05' },
  })
  properties!: JsonObject;

  @TextField({ description: 'Name on the invoice.', optional: true, max: 255 })
  display_name?: string;

  @NestedListField({
    description: 'Other prices for records with certain properties; the most specific filter wins.',
    of: () => ChargeFilterBody,
    max: CHARGE_FILTERS_MAX,
    optional: true,
  })
  filters?: ChargeFilterBody[];

  @TextListField({
    description:
      'Properties whose combinations are each priced on their own, with a line of their own.',
    max: CHARGE_GROUP_KEYS_MAX,
    optional: true,
  })
  group_by?: string[];

  @IntegerField({
    description:
      'Least amount of the charge in a full period, in the smallest unit; by the day in partial periods.',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    optional: true,
  })
  min_amount?: number;

  @NestedListField({
    description: 'Discounts, caps and minimums around the price of the charge.',
    of: () => AdjustmentBody,
    max: ADJUSTMENTS_MAX,
    optional: true,
  })
  adjustments?: AdjustmentBody[];

  @FlagField({ description: 'Bill each record as it comes.', optional: true, default: false })
  pay_in_advance?: boolean;

  @FlagField({
    description: 'With pay_in_advance. False: the fees stay off invoices, for you to settle.',
    optional: true,
    default: true,
  })
  invoiceable?: boolean;

  @FlagField({
    description:
      'With invoiceable false: settled fees are gathered on an invoice at the end of the period.',
    optional: true,
    default: false,
  })
  regroup_paid_fees?: boolean;

  @FlagField({
    description: 'Units of a recurring meter count by the days of the period that they are there.',
    optional: true,
    default: false,
  })
  prorated?: boolean;
}

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

/** Only what differs from the default is kept, so that plans that say the same are the same. */
export const chargeOf = (body: ChargeBody): Charge => ({
  meterCode: body.meter_code,
  model: body.model,
  properties: body.properties,
  ...(body.display_name == null ? {} : { displayName: body.display_name }),
  ...(body.filters?.length ? { filters: body.filters.map(chargeFilterOf) } : {}),
  ...(body.group_by?.length ? { groupBy: body.group_by } : {}),
  ...termsOf(body),
});

const termsOf = (body: ChargeBody): Partial<Charge> => ({
  ...(body.adjustments?.length
    ? { adjustments: body.adjustments.map(({ type, properties }) => ({ type, properties })) }
    : {}),
  ...(body.min_amount ? { minAmount: body.min_amount } : {}),
  ...(body.pay_in_advance ? { payInAdvance: true } : {}),
  ...(body.invoiceable === false ? { invoiceable: false } : {}),
  ...(body.regroup_paid_fees ? { regroupPaidFees: true } : {}),
  ...(body.prorated ? { prorated: true } : {}),
});

const chargeFilterOf = (body: ChargeFilterBody): ChargeFilter => ({
  values: body.values,
  properties: body.properties,
  ...(body.display_name == null ? {} : { displayName: body.display_name }),
});

const entitlementOf = (body: EntitlementBody, index: number): Entitlement => ({
  featureCode: body.feature_code,
  ...grantOf(body, `/entitlements/${index}`),
  ...(body.reset == null
    ? {}
    : { reset: { interval: body.reset.interval, count: body.reset.count ?? 1 } }),
});
