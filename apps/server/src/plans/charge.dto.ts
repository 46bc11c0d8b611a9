import {
  CHARGE_FILTERS_MAX,
  CHARGE_GROUP_KEYS_MAX,
  type Charge,
  type ChargeFilter,
  type JsonObject,
} from '@odometer/domain';
import {
  FlagField,
  IntegerField,
  NestedListField,
  ObjectField,
  TextField,
  TextListField,
  TextListMapField,
} from '../http/fields.js';

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
