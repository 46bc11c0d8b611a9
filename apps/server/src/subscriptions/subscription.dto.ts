import { endOf, fromIso, type Instant } from '@odometer/domain';
import {
  SUBSCRIPTION_STATUSES,
  type SubscriptionStatus,
  type SubscriptionView,
} from '@odometer/read-models';
import { Type, type Static } from '@sinclair/typebox';
import { answer, InstantText, Nullable, pageOf } from '../http/answers.js';
import { ChoiceField, InstantField, TextField } from '../http/fields.js';
import { PageQuery } from '../http/paging.js';

export class SubscriptionBody {
  @TextField({ description: 'Your own id of the subscription.', max: 255, example: 'acme-pro' })
  external_id!: string;

  @TextField({ description: "The customer's `external_id`.", max: 255, example: 'acme' })
  customer_id!: string;

  @TextField({ description: 'The plan, in its current version.', max: 100, example: 'pro' })
  plan_code!: string;

  @ChoiceField({
    description: 'Periods follow the calendar, or the day of the start.',
    values: ['calendar', 'anniversary'],
    optional: true,
    default: 'calendar',
  })
  billing_time?: 'calendar' | 'anniversary';

  @InstantField({
    description: 'When usage begins to count; the past and the future are allowed. Default: now.',
    optional: true,
  })
  started_at?: string;

  @InstantField({ description: 'When it ends by itself.', optional: true })
  ending_at?: string | null;
}

export class SubscriptionChangeBody {
  @InstantField({ description: 'When it ends by itself; null removes the end.', optional: true })
  ending_at?: string | null;
}

export class SubscriptionsQuery extends PageQuery {
  @TextField({ description: 'Only those of this customer.', optional: true, max: 255 })
  customer_id?: string;

  @TextField({ description: 'Only those on this plan.', optional: true, max: 100 })
  plan_code?: string;

  @ChoiceField({
    description: 'Only those in this state now.',
    values: SUBSCRIPTION_STATUSES,
    optional: true,
  })
  status?: SubscriptionStatus;
}

export const SubscriptionAnswer = answer(
  'Subscription',
  Type.Object({
    external_id: Type.String(),
    customer_id: Type.String(),
    plan_code: Type.String(),
    plan_version: Type.Integer(),
    billing_time: Type.String({ enum: ['calendar', 'anniversary'] }),
    status: Type.String({ enum: [...SUBSCRIPTION_STATUSES] }),
    started_at: InstantText('When usage begins to count.'),
    ending_at: Nullable(InstantText('When it ends by itself.')),
    terminated_at: Nullable(InstantText('When it was ended.')),
    incarnation: Type.Integer({
      description: 'Rises when the id is used again after its subscription has ended.',
    }),
  }),
);

export const SubscriptionPage = pageOf('Subscription', SubscriptionAnswer);

/** `now` on the customer's clock decides whether it is pending, active or ended. */
export function subscriptionAnswer(
  life: SubscriptionView,
  now: Instant,
): Static<typeof SubscriptionAnswer> {
  const { terms, endingAt, terminatedAt } = life;
  return {
    external_id: terms.externalId,
    customer_id: terms.customerId,
    plan_code: terms.planCode,
    plan_version: terms.planVersion,
    billing_time: terms.billingTime,
    status: statusOf(life, now),
    started_at: terms.startedAt,
    ending_at: endingAt,
    terminated_at: terminatedAt,
    incarnation: terms.incarnation,
  };
}

function statusOf(life: SubscriptionView, now: Instant): SubscriptionStatus {
  const end = endOf(life);
  if (end !== null && end <= now) return 'terminated';
  return fromIso(life.terms.startedAt) > now ? 'pending' : 'active';
}
