import { intakeLimits, USAGE_RECORD_SCHEMA } from '@odometer/ingest';

const json = (schema: object) => ({ content: { 'application/json': { schema } } });

const RECORD = { $ref: '#/components/schemas/UsageRecord' };

const accepted = (extra: object) => ({
  description: 'Durable: it survives a crash and a power cut.',
  ...json({
    type: 'object',
    required: ['accepted', 'position'],
    properties: { accepted: { type: 'integer' }, position: { type: 'integer' }, ...extra },
  }),
});

/** The routes of usage intake, which Nest does not know. */
export const INTAKE_PATHS = {
  schemas: { UsageRecord: JSON.parse(JSON.stringify(USAGE_RECORD_SCHEMA)) as object },
  paths: {
    '/v1/events': {
      post: {
        operationId: 'sendEvent',
        summary: 'Takes in one usage record.',
        tags: ['usage'],
        requestBody: { required: true, ...json(RECORD) },
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
          ...json({
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
          }),
        },
        responses: { 202: accepted({ errors: { type: 'array', items: { type: 'object' } } }) },
      },
    },
  },
};
