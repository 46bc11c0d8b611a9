import { Type, type TSchema } from '@sinclair/typebox';
import { PRICE_PROPERTY } from '@odometer/domain';
import { CODE_LENGTH_MAX, ID_LENGTH_MAX } from '../limits.js';
import { PRICE_NUMBER_LIMIT, PRICE_PATTERN } from './price.js';

/** What an event code is made of, as in a meter's `event_code`. */
export const CODE_PATTERN = '^[A-Za-z0-9_.:-]+$';

const id = (description: string): TSchema =>
  Type.String({ minLength: 1, maxLength: ID_LENGTH_MAX, description });

const customerId = id("The customer's external id.");
const subscriptionId = id("The subscription's external id.");

const price = Type.Optional(
  Type.Union(
    [
      Type.String({ pattern: PRICE_PATTERN }),
      Type.Number({
        exclusiveMinimum: -PRICE_NUMBER_LIMIT,
        exclusiveMaximum: PRICE_NUMBER_LIMIT,
      }),
    ],
    {
      description:
        "What the record costs, for charges that are priced by the sender: a decimal in the currency's smallest unit. Kept as a property of this name.",
    },
  ),
);

const fields = {
  transaction_id: id('Names the record: sent again, it counts once.'),
  code: Type.String({
    minLength: 1,
    maxLength: CODE_LENGTH_MAX,
    pattern: CODE_PATTERN,
    description: 'Which meters count it: those of this event code.',
  }),
  entity_id: Type.Optional(id("A part of the customer's: a team, a seat, a workspace.")),
  timestamp: Type.Optional(
    Type.Union([Type.String(), Type.Number()], {
      description: 'ISO 8601 with zone, or Unix seconds; the time of arrival when absent.',
    }),
  ),
  properties: Type.Optional(
    Type.Object(
      { [PRICE_PROPERTY]: price },
      {
        additionalProperties: true,
        description: 'What meters aggregate, filter and group by.',
      },
    ),
  ),
  [PRICE_PROPERTY]: price,
};

const exactly = { additionalProperties: false } as const;

/**
 * The form of a usage record as it is sent. `readRecord` is its compiled twin, held to it by a property test; what a schema cannot
 * say (real dates, the range of time, depth and size of properties) is said there alone.
 */
export const USAGE_RECORD_SCHEMA = Type.Union([
  Type.Object(
    { ...fields, customer_id: customerId, subscription_id: Type.Optional(subscriptionId) },
    exactly,
  ),
  Type.Object(
    { ...fields, customer_id: Type.Optional(customerId), subscription_id: subscriptionId },
    exactly,
  ),
]);
