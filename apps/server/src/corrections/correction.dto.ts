import { REASON_LENGTH_MAX, type JsonObject } from '@odometer/domain';
import { RECORD_STATUSES, recordFields, type RecordHistory } from '@odometer/read-models';
import { Type } from '@sinclair/typebox';
import { answer, InstantText, Nullable } from '../http/answers.js';
import { InstantField, ObjectField, TextField } from '../http/fields.js';

const CUSTOMER = "The `external_id` of the record's customer. Needed when the record names one.";
const SUBSCRIPTION =
  "The `external_id` of the record's subscription. Needed when the record names no customer.";

/** Names the record together with its transaction id. */
export class SubjectOfEventQuery {
  @TextField({ description: CUSTOMER, optional: true, max: 255 })
  customer_id?: string;

  @TextField({ description: SUBSCRIPTION, optional: true, max: 255 })
  subscription_id?: string;
}

export class VoidEventBody {
  @TextField({ description: CUSTOMER, optional: true, max: 255, example: 'acme' })
  customer_id?: string;

  @TextField({ description: SUBSCRIPTION, optional: true, max: 255 })
  subscription_id?: string;

  @TextField({
    description: 'Why. It is kept with the record for good.',
    max: REASON_LENGTH_MAX,
    example: 'sent by a test run',
  })
  reason!: string;
}

export class AmendEventBody extends VoidEventBody {
  @TextField({ description: 'Another event code.', optional: true, max: 100 })
  code?: string;

  @InstantField({ description: 'Another time.', optional: true })
  timestamp?: string;

  @TextField({
    description: 'Another entity; null takes it away.',
    optional: true,
    max: 255,
  })
  entity_id?: string | null;

  @ObjectField({
    description: 'The whole properties, in the place of those that were sent.',
    optional: true,
  })
  properties?: JsonObject;
}

const RECORD = {
  transaction_id: Type.String(),
  code: Type.String(),
  customer_id: Nullable(Type.String()),
  subscription_id: Nullable(Type.String()),
  entity_id: Nullable(Type.String()),
  timestamp: InstantText('When it happened.'),
  properties: Type.Record(Type.String(), Type.Unknown()),
};

export const EventHistoryAnswer = answer(
  'UsageEventHistory',
  Type.Object({
    ...RECORD,
    status: Type.String({
      enum: RECORD_STATUSES.filter((status) => status !== 'duplicate' && status !== 'conflict'),
      description:
        'Accepted and amended records count. The fields are what counts, or counted last.',
    }),
    received_at: InstantText('When it was stored first.'),
    position: Type.Integer({ description: 'Where it first stands in the log.' }),
    history: Type.Array(
      Type.Object({
        kind: Type.String({ enum: ['recorded', 'voided', 'amended'] }),
        at: InstantText('When the log learnt of it.'),
        actor: Nullable(Type.String({ description: 'Id of the API key.' })),
        reason: Nullable(Type.String()),
        position: Type.Integer({ description: 'Place in the log.' }),
        record: Nullable(
          Type.Object(RECORD, { description: 'What it says from here on; null once it is void.' }),
        ),
      }),
      { description: 'Every version, oldest first.' },
    ),
  }),
);

export const eventHistoryAnswer = ({ record, history, ...rest }: RecordHistory): object => ({
  ...recordFields(record),
  status: rest.status,
  received_at: rest.receivedAt,
  position: rest.position,
  history: history.map((version) => ({
    ...version,
    record: version.record === null ? null : recordFields(version.record),
  })),
});
