import { IntersectionType } from '@nestjs/swagger';
import { fromIso } from '@odometer/domain';
import {
  RECORD_STATUSES,
  type RecordStatus,
  type UsageRecordsRequest,
} from '@odometer/read-models';
import { Type } from '@sinclair/typebox';
import { EXPORT_FORMATS, type ExportFormat } from '../exports/export-format.js';
import { answer, InstantText, Nullable } from '../http/answers.js';
import { ChoiceField, InstantField, TextField } from '../http/fields.js';
import { PageQuery } from '../http/paging.js';
import { filterOf, invalid } from '../usage/asked-usage.js';

/** Which records. */
class EventsFilter {
  @TextField({ description: "The customer's `external_id`.", optional: true, max: 255 })
  customer_id?: string;

  @TextField({ description: "The subscription's `external_id`.", optional: true, max: 255 })
  subscription_id?: string;

  @TextField({ description: 'Only records of this entity.', optional: true, max: 255 })
  entity_id?: string;

  @TextField({ description: 'Only records with this event code.', optional: true, max: 100 })
  code?: string;

  @TextField({
    description: `Only records of these statuses, separated by commas: ${RECORD_STATUSES.join(', ')}.`,
    optional: true,
    example: 'accepted,amended',
  })
  status?: string;

  @TextField({
    description:
      '`key:value` of any property; several separated by commas, values of one key add up.',
    optional: true,
    example: 'region:eu',
  })
  filter?: string;

  @InstantField({ description: 'First instant that counts.', optional: true })
  from?: string;

  @InstantField({ description: 'First instant that does not count any more.', optional: true })
  to?: string;
}

export class EventsQuery extends IntersectionType(EventsFilter, PageQuery) {}

export class EventsExportQuery extends EventsFilter {
  @ChoiceField({
    description: 'Instead of an Accept header. Default: ndjson.',
    values: EXPORT_FORMATS,
    optional: true,
  })
  format?: ExportFormat;
}

export function recordsRequestOf(tenant: string, query: EventsFilter): UsageRecordsRequest {
  return {
    tenant,
    customerId: query.customer_id,
    subscriptionId: query.subscription_id,
    entityId: query.entity_id,
    code: query.code,
    statuses: statusesOf(query.status),
    filter: query.filter === undefined ? undefined : filterOf(query.filter),
    from: query.from === undefined ? undefined : fromIso(query.from),
    to: query.to === undefined ? undefined : fromIso(query.to),
  };
}

function statusesOf(text: string | undefined): RecordStatus[] | undefined {
  if (text === undefined) return undefined;
  return text.split(',').map((name) => {
    const status = RECORD_STATUSES.find((one) => one === name);
    if (status !== undefined) return status;
    const known = RECORD_STATUSES.join(', ');
    throw invalid('/status', 'unknown_status', `"${name}" is none of ${known}`);
  });
}

export const EventAnswer = answer(
  'UsageEvent',
  Type.Object({
    transaction_id: Type.String(),
    code: Type.String(),
    customer_id: Nullable(Type.String()),
    subscription_id: Nullable(Type.String()),
    entity_id: Nullable(Type.String()),
    timestamp: InstantText('When it happened.'),
    properties: Type.Record(Type.String(), Type.Unknown()),
    status: Type.String({
      enum: [...RECORD_STATUSES],
      description:
        'Accepted and amended records count. A conflict has the identity of an earlier record and other content.',
    }),
    received_at: InstantText('When it was stored.'),
    position: Type.Integer({ description: 'Place in the log.' }),
  }),
);

export const EventPage = answer(
  'UsageEventPage',
  Type.Object({
    data: Type.Array(Type.Unsafe({ $ref: '#/components/schemas/UsageEvent' })),
    next_cursor: Nullable(
      Type.String({
        description:
          'Send it as `cursor`; null on the last page. With filters a page may be short, even empty, and still have a next one.',
      }),
    ),
    position: Type.Integer({ description: 'Log position that the answer reflects at least.' }),
  }),
);
