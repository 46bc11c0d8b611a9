import { PRICE_PROPERTY } from '@odometer/domain';
import { Type, type Static } from '@sinclair/typebox';
import { answer } from '../http/answers.js';

/** Records and groups that one meter may be supposed to have. */
export const ESTIMATE_EVENTS_MAX = 1_000;
export const ESTIMATE_GROUPS_MAX = 1_000;

const decimalText = (description: string) =>
  Type.Union([Type.String({ pattern: '^-?\\d{1,30}(\\.\\d{1,30})?$' }), Type.Number()], {
    description,
  });

const PROPERTIES = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Number(), Type.Boolean()], {
    description: 'A text, a number, true or false.',
  }),
  { description: 'What filters and groups of the charge tell records apart by.' },
);

const EVENT = Type.Object(
  {
    units: Type.Optional(decimalText('What the record adds, as "12.5"; 1 when absent.')),
    [PRICE_PROPERTY]: Type.Optional(
      decimalText('The record\'s own price in the smallest unit, as "1234.56".'),
    ),
    properties: Type.Optional(PROPERTIES),
  },
  { additionalProperties: false },
);

const MEASURES = {
  units: Type.Optional(
    decimalText('Units in the period, as "12.5"; what the events add when absent.'),
  ),
  events_count: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Number of records; that of the events, or 1 for any units, when absent.',
    }),
  ),
  events: Type.Optional(
    Type.Array(EVENT, {
      maxItems: ESTIMATE_EVENTS_MAX,
      description: 'The records in the order of time, for prices that depend on them.',
    }),
  ),
};

const GROUP = Type.Object(
  { ...MEASURES, properties: PROPERTIES },
  { additionalProperties: false, description: 'Usage with certain properties.' },
);

export const SUPPOSED_USAGE = answer(
  'SupposedUsage',
  Type.Object(
    {
      ...MEASURES,
      groups: Type.Optional(
        Type.Array(GROUP, {
          maxItems: ESTIMATE_GROUPS_MAX,
          description: 'Usage by properties, in place of the other fields.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
);

export type SupposedUsageBody = Static<typeof SUPPOSED_USAGE>;
export type SupposedGroupBody = Static<typeof GROUP>;
export type SupposedEventBody = Static<typeof EVENT>;
