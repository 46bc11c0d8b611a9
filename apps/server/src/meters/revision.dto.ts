import { toIso, toText, type Meter } from '@odometer/domain';
import type { ComparedUsage } from '@odometer/read-models';
import { Type, type Static } from '@sinclair/typebox';
import { answer, InstantText, Nullable } from '../http/answers.js';
import { ChoiceField, IntegerQuery, TextField } from '../http/fields.js';
import {
  DRY_RUN_CUSTOMERS_DEFAULT,
  DRY_RUN_CUSTOMERS_MAX,
  type RevisionComparison,
  type UsageDifference,
} from './compare-revision.js';
import { MeterAnswer, meterAnswer } from './meter.dto.js';

/** How a change of a meter is asked for. */
export class RevisionQuery {
  @ChoiceField({
    description: 'true: nothing is changed, and the answer says what would be counted otherwise.',
    values: ['true', 'false'],
    optional: true,
    default: 'false',
  })
  dry_run?: 'true' | 'false';

  @IntegerQuery({
    description: 'Customers that a dry run compares at most.',
    min: 1,
    max: DRY_RUN_CUSTOMERS_MAX,
    optional: true,
    default: DRY_RUN_CUSTOMERS_DEFAULT,
  })
  limit: number = DRY_RUN_CUSTOMERS_DEFAULT;

  @TextField({
    description: 'The `next_cursor` of the dry run before.',
    optional: true,
    max: 4_096,
  })
  cursor?: string;
}

const Counted = (description: string) =>
  Type.Object(
    {
      version: Type.Integer({ description: 'Of the meter: the one that counts the period.' }),
      value: Type.String({ description: 'Aggregated value.' }),
      events_count: Type.Integer(),
    },
    { description },
  );

export const MeterDryRunAnswer = answer(
  'MeterDryRun',
  Type.Object({
    dry_run: Type.Literal(true),
    meter: Type.Unsafe<Static<typeof MeterAnswer>>({ $ref: '#/components/schemas/Meter' }),
    data: Type.Array(
      Type.Object({
        customer_id: Type.String(),
        subscription_id: Nullable(
          Type.String({ description: 'null: usage that no subscription is charged for.' }),
        ),
        from: InstantText('Start of the period.'),
        to: InstantText('End of the period.'),
        before: Counted('As it is counted now.'),
        after: Counted('As it would be counted.'),
        is_billed: Type.Boolean({ description: 'Its invoice is final and stays as it is.' }),
      }),
      { description: 'Periods that would be counted otherwise, by customer.' },
    ),
    customers: Type.Integer({ description: 'Customers that were compared.' }),
    periods: Type.Integer({ description: 'Periods that were compared.' }),
    records: Type.Integer({ description: 'Records that were looked at.' }),
    next_cursor: Nullable(
      Type.String({ description: 'Goes on with the next customers; null when there are none.' }),
    ),
    position: Type.Integer({ description: 'Log position that all of it reflects at least.' }),
  }),
);

export const RevisedMeterAnswer = answer(
  'RevisedMeter',
  Type.Union([
    Type.Unsafe<Static<typeof MeterAnswer>>({ $ref: '#/components/schemas/Meter' }),
    Type.Unsafe<Static<typeof MeterDryRunAnswer>>({ $ref: '#/components/schemas/MeterDryRun' }),
  ]),
);

export const dryRunAnswer = (
  meter: Meter,
  comparison: RevisionComparison,
): Static<typeof MeterDryRunAnswer> => ({
  dry_run: true,
  meter: meterAnswer(meter),
  data: comparison.differences.map(differenceAnswer),
  customers: comparison.customers,
  periods: comparison.periods,
  records: comparison.records,
  next_cursor: comparison.nextCursor,
  position: comparison.position,
});

const differenceAnswer = (one: UsageDifference) => ({
  customer_id: one.customerId,
  subscription_id: one.subscriptionId,
  from: toIso(one.from),
  to: toIso(one.to),
  before: countedAnswer(one.before),
  after: countedAnswer(one.after),
  is_billed: one.isBilled,
});

const countedAnswer = ({ version, value, eventsCount }: ComparedUsage) => ({
  version,
  value: toText(value),
  events_count: eventsCount,
});
