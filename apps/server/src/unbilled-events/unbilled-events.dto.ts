import { Type } from '@sinclair/typebox';
import { answer, InstantText, Nullable, pageOf } from '../http/answers.js';
import type { UnbilledEvents } from './unbilled-events.js';

/** Reasons that have a name of their own; a meter may refuse records for others. */
const REASONS = [
  'unknown_code',
  'unknown_subject',
  'missing_field',
  'not_a_number',
  'conflict',
  'late_beyond_limit',
];

export const UnbilledEventsAnswer = answer(
  'UnbilledEvents',
  Type.Object({
    reason: Type.String({
      examples: REASONS,
      description:
        'Why they are billed to nobody. `unknown_code`: no meter looks at their code. `unknown_subject`: no such customer or subscription. `conflict`: their transaction_id was taken by other content. `late_beyond_limit`: they came too late. Others say what a meter misses in them, such as `missing_field` and `not_a_number`.',
    }),
    count: Type.Integer({ description: 'How many there are still to be dealt with.' }),
    first_seen_at: InstantText('When the first of them arrived.'),
    last_seen_at: InstantText('When the last of them arrived.'),
    code: Nullable(Type.String({ description: 'Their event code.' })),
    meter_code: Nullable(Type.String({ description: 'The meter that cannot count them.' })),
    customer_id: Nullable(Type.String({ description: 'The customer that is not known.' })),
    subscription_id: Nullable(Type.String({ description: 'The subscription that is not known.' })),
    transaction_ids: Type.Array(Type.String(), { description: 'Up to five of them.' }),
    remedy: Type.String({ description: 'What makes them count, without sending them again.' }),
  }),
);

export const UnbilledEventsPage = pageOf('UnbilledEvents', UnbilledEventsAnswer);

export const unbilledEventsAnswer = (events: UnbilledEvents): object => ({
  reason: events.reason,
  count: events.records,
  first_seen_at: events.firstSeenAt,
  last_seen_at: events.lastSeenAt,
  code: events.code,
  meter_code: events.meter,
  customer_id: events.customerId,
  subscription_id: events.subscriptionId,
  transaction_ids: events.transactionIds,
  remedy: remedyOf(events),
});

function remedyOf({ reason, code, meter, customerId, subscriptionId }: UnbilledEvents): string {
  switch (reason) {
    case 'unknown_code':
      return `Create a meter with event_code ${code}.`;
    case 'unknown_subject':
      return customerId === null
        ? `Create subscription ${subscriptionId}.`
        : `Create customer ${customerId}.`;
    case 'conflict':
      return 'Look at the event with this transaction_id, and amend or void it; what is kept beside it stays uncounted.';
    case 'late_beyond_limit':
      return 'Amend the events that are to count all the same, void the others; or raise late_events_limit_days for those to come.';
    default:
      return `Change what meter ${meter} reads, or amend the events.`;
  }
}
