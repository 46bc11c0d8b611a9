import { toIso, toText, USAGE_WINDOWS, type UsageWindow } from '@odometer/domain';
import { Type, type Static } from '@sinclair/typebox';
import { IsTimeZone, IsOptional } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { EXPORT_FORMATS, type ExportFormat } from '../exports/export-format.js';
import { answer, InstantText, Nullable } from '../http/answers.js';
import { ChoiceField, InstantField, IntegerQuery, TextField } from '../http/fields.js';
import { GROUP_KEYS_MAX, TOP_MAX, type UsageOverTime } from './asked-usage.js';

/** Whose usage. */
export class SubjectQuery {
  @TextField({ description: "The customer's `external_id`.", optional: true, max: 255 })
  customer_id?: string;

  @TextField({ description: "The subscription's `external_id`.", optional: true, max: 255 })
  subscription_id?: string;

  @TextField({ description: 'Only records of this entity.', optional: true, max: 255 })
  entity_id?: string;
}

export class UsageQuery extends SubjectQuery {
  @TextField({ description: 'The meter.', max: 100, example: 'api_calls' })
  meter_code!: string;

  @InstantField({ description: 'First instant that counts.' })
  from!: string;

  @InstantField({ description: 'First instant that does not count any more.' })
  to!: string;

  @ChoiceField({
    description:
      'Cuts the answer at the starts of local minutes, hours, days, weeks (Monday), months, quarters or years.',
    values: USAGE_WINDOWS,
    optional: true,
  })
  window?: UsageWindow;

  @ApiProperty({
    description: "IANA zone of the windows. Default: the customer's, else UTC.",
    required: false,
    example: 'Europe/Paris',
  })
  @IsOptional()
  @IsTimeZone({ message: 'Must be an IANA time zone such as "Europe/Paris"' })
  timezone?: string;

  @TextField({
    description: `Up to ${GROUP_KEYS_MAX} properties, separated by commas. Those that are not group-by keys of the meter are looked up in the records. Customer, subscription and entity are no properties: ask for one at a time.`,
    optional: true,
    example: 'region',
  })
  group_by?: string;

  @TextField({
    description:
      '`key:value` of any property; several separated by commas, values of one key add up.',
    optional: true,
    example: 'region:eu',
  })
  filter?: string;

  @IntegerQuery({
    description:
      'Only the largest groups over the whole period, and one group `other` of all that are smaller. With `group_by`.',
    min: 1,
    max: TOP_MAX,
    optional: true,
  })
  top?: number;
}

export class UsageExportQuery extends UsageQuery {
  @ChoiceField({
    description: 'Instead of an Accept header. Default: ndjson.',
    values: EXPORT_FORMATS,
    optional: true,
  })
  format?: ExportFormat;
}

export const UsageRowAnswer = answer(
  'UsageRow',
  Type.Object({
    from: InstantText('Start of the window.'),
    to: InstantText('End of the window.'),
    group: Type.Record(Type.String(), Nullable(Type.String())),
    other: Type.Boolean({
      description: 'Whether it is all groups that are not among the `top`; its group is empty.',
    }),
    value: Type.String({ description: 'Quantity as a decimal.' }),
    events_count: Type.Integer(),
  }),
);

export type UsageRow = Static<typeof UsageRowAnswer>;

export const UsageAnswer = answer(
  'Usage',
  Type.Object({
    meter_code: Type.String(),
    from: InstantText('First instant that counts.'),
    to: InstantText('First instant that does not count any more.'),
    data: Type.Array(UsageRowAnswer),
    total: Type.String({
      description: 'Quantity of the whole period; not always the sum of its windows.',
    }),
    events_count: Type.Integer(),
    position: Type.Integer({ description: 'Log position that the answer reflects at least.' }),
  }),
);

/** One row for each window and group. */
export const usageRows = (
  usage: Pick<UsageOverTime, 'windows' | 'answer' | 'grouped'>,
): UsageRow[] =>
  usage.windows.flatMap((window, i) =>
    usage.answer.windows[i]!.map(({ group, value, eventsCount }) => ({
      from: toIso(window.from),
      to: toIso(window.to),
      group,
      other: usage.grouped && Object.keys(group).length === 0,
      value: toText(value),
      events_count: eventsCount,
    })),
  );
