import { toIso, toText, type Balance } from '@odometer/domain';
import { Type, type Static } from '@sinclair/typebox';
import { answer, InstantText, Nullable } from '../http/answers.js';
import { DecimalField, FlagField, InstantField, ObjectField, TextField } from '../http/fields.js';

export class CheckBody {
  @TextField({ description: "The customer's `external_id`.", max: 255, example: 'acme' })
  customer_id!: string;

  @TextField({ description: 'The feature.', max: 100, example: 'api_calls' })
  feature_code!: string;

  @DecimalField({ description: 'How much is going to be used.', optional: true, default: 1 })
  required?: string;

  @TextField({
    description: 'The entity that asks; its customer has the balance.',
    optional: true,
    max: 255,
  })
  entity_id?: string;

  @FlagField({ description: 'Gated consumption: not offered yet.', optional: true, default: false })
  consume?: boolean;
}

export class TrackBody {
  @TextField({ description: "The customer's `external_id`.", max: 255, example: 'acme' })
  customer_id!: string;

  @TextField({ description: 'A metered feature.', max: 100, example: 'api_calls' })
  feature_code!: string;

  @DecimalField({
    description:
      "What is put into the property that the feature's meter aggregates. A meter without one counts records, so there it is 1.",
    optional: true,
    default: 1,
  })
  value?: string;

  @TextField({ description: 'The entity that used it.', optional: true, max: 255 })
  entity_id?: string;

  @TextField({
    description: 'Identity of the record; a repeat counts once. Default: a new one.',
    optional: true,
    max: 255,
  })
  transaction_id?: string;

  @InstantField({
    description: "When it happened. Default: now, on the customer's clock.",
    optional: true,
  })
  timestamp?: string;

  @ObjectField({ description: 'More properties of the record.', optional: true })
  properties?: Record<string, unknown>;
}

export const BalanceAnswer = answer(
  'Balance',
  Type.Object({
    feature_code: Type.String(),
    type: Type.String({ enum: ['metered', 'boolean'] }),
    granted: Type.String({ description: 'Sum of the limited grants.' }),
    used: Type.String({ description: 'Usage since the last reset.' }),
    remaining: Type.String({ description: 'Never below 0.' }),
    overage: Type.String({ description: 'Usage beyond the grants.' }),
    unlimited: Type.Boolean(),
    overage_allowed: Type.Boolean({
      description: 'Usage beyond the grants is charged, not refused.',
    }),
    resets_at: Nullable(InstantText('Next reset; null when there is none.')),
  }),
);

export const BalancesAnswer = answer(
  'Balances',
  Type.Object({
    data: Type.Array(Type.Unsafe<object>({ $ref: '#/components/schemas/Balance' })),
    position: Type.Integer({ description: 'Log position that the answer reflects at least.' }),
  }),
);

export const CheckAnswer = answer(
  'Check',
  Type.Object({
    allowed: Type.Boolean(),
    balance: Nullable(Type.Unsafe<object>({ $ref: '#/components/schemas/Balance' })),
    reason: Type.Optional(Type.String({ enum: ['feature_not_granted', 'limit_reached'] })),
    position: Type.Integer({ description: 'Log position that the answer reflects at least.' }),
  }),
);

export const TrackAnswer = answer(
  'Track',
  Type.Object({
    transaction_id: Type.String(),
    status: Type.String({ enum: ['accepted', 'duplicate'] }),
    position: Type.Integer(),
    balance: Nullable(Type.Unsafe<object>({ $ref: '#/components/schemas/Balance' })),
  }),
);

/** What a customer has of a feature: a balance, the plain flag, or null when no subscription grants it. */
export type Access = Balance | 'flag' | null;

export function balanceAnswer(
  featureCode: string,
  access: Access,
): Static<typeof BalanceAnswer> | null {
  if (access === null) return null;
  if (access === 'flag') return flagAnswer(featureCode);
  return {
    feature_code: featureCode,
    type: 'metered',
    granted: toText(access.granted),
    used: toText(access.used),
    remaining: toText(access.remaining),
    overage: toText(access.overage),
    unlimited: access.unlimited,
    overage_allowed: access.overageAllowed,
    resets_at: access.resetsAt === null ? null : toIso(access.resetsAt),
  };
}

const flagAnswer = (featureCode: string): Static<typeof BalanceAnswer> => ({
  feature_code: featureCode,
  type: 'boolean',
  granted: '0',
  used: '0',
  remaining: '0',
  overage: '0',
  unlimited: true,
  overage_allowed: false,
  resets_at: null,
});
