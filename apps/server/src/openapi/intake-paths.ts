import { intakeLimits, USAGE_RECORD_SCHEMA } from '@odometer/ingest';

const json = (schema: object) => ({ content: { 'application/json': { schema } } });

const RECORD = { $ref: '#/components/schemas/UsageRecord' };

const POSITION = {
  type: ['integer', 'null'],
  description:
    'Where in the log it is; null when Kafka carries usage, which then gets its position later.',
};

const BATCH = {
  type: 'object',
  required: ['events'],
  properties: {
    events: {
      type: 'array',
      minItems: 1,
      maxItems: intakeLimits.BATCH_RECORDS_MAX,
      items: RECORD,
    },
  },
};

const accepted = (extra: object) => ({
  description: 'Durable: it survives a crash and a power cut.',
  ...json({
    type: 'object',
    required: ['accepted', 'position'],
    properties: { accepted: { type: 'integer' }, position: POSITION, ...extra },
  }),
});

/** CloudEvents 1.0 as JSON, with what usage needs of it. */
const CLOUD_EVENT = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type'],
  properties: {
    specversion: { type: 'string', const: '1.0' },
    id: { type: 'string', description: 'The transaction id: sent again, it counts once.' },
    source: { type: 'string', format: 'uri-reference' },
    type: { type: 'string', description: 'The event code.' },
    subject: { type: 'string', description: "The customer's external id." },
    time: { type: 'string', format: 'date-time', description: 'The time of arrival when absent.' },
    subscriptionid: {
      type: 'string',
      description: "The subscription's external id; needed without a subject.",
    },
    entityid: { type: 'string', description: "A part of the customer's." },
    datacontenttype: { type: 'string', description: 'application/json when given.' },
    data: { type: 'object', description: 'The properties.' },
  },
} as const;

const EVENT = { $ref: '#/components/schemas/CloudEvent' };
const ONE_CLOUD_EVENT = { 'application/cloudevents+json': { schema: EVENT } };
const CLOUD_EVENTS = {
  'application/cloudevents-batch+json': {
    schema: { type: 'array', maxItems: intakeLimits.BATCH_RECORDS_MAX, items: EVENT },
  },
};

/** The routes of usage intake, which Nest does not know. */
export const INTAKE_PATHS = {
  schemas: {
    UsageRecord: JSON.parse(JSON.stringify(USAGE_RECORD_SCHEMA)) as object,
    CloudEvent: CLOUD_EVENT,
  },
  paths: {
    '/v1/events': {
      post: {
        operationId: 'sendEvent',
        summary: 'Takes in one usage record.',
        tags: ['usage'],
        requestBody: {
          required: true,
          content: { ...json(RECORD).content, ...ONE_CLOUD_EVENT, ...CLOUD_EVENTS },
        },
        responses: {
          202: accepted({ status: { type: 'string', enum: ['accepted', 'duplicate'] } }),
        },
      },
    },
    '/v1/events/batch': {
      post: {
        operationId: 'sendEvents',
        summary: 'Takes in up to 10,000 usage records.',
        tags: ['usage'],
        parameters: [
          {
            name: 'partial',
            in: 'query',
            required: false,
            description: 'Store the good records and report the bad ones.',
            schema: { type: 'boolean' },
          },
        ],
        requestBody: {
          required: true,
          content: { ...json(BATCH).content, ...CLOUD_EVENTS },
        },
        responses: { 202: accepted({ errors: { type: 'array', items: { type: 'object' } } }) },
      },
    },
  },
};
