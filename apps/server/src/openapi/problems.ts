import type { OpenAPIObject } from '@nestjs/swagger';

export const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable; branch on it.' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer to the bad field.' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
} as const;

const PROBLEM = {
  description: 'A problem document (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  required: false,
  description: 'The same key and body again get the first answer; another body gets 409.',
  schema: { type: 'string', maxLength: 255 },
};

const MIN_POSITION = {
  name: 'Odometer-Min-Position',
  in: 'header' as const,
  required: false,
  description: 'Answer only when the read models have reached this log position.',
  schema: { type: 'integer', minimum: 0 },
};

const POSITION = {
  description: 'Log position that the answer reflects at least.',
  schema: { type: 'integer', minimum: 0 },
};

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Adds to every operation what all of them have in common: refusals, and the header of their method. */
export function withProblems(document: OpenAPIObject): OpenAPIObject {
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      operation.summary ??= descriptionOf(operation.responses);
      operation.responses['default'] ??= PROBLEM;
      const parameters = operation.parameters ?? [];
      if (method === 'get') {
        operation.parameters = [...parameters, MIN_POSITION];
        tellPositions(operation.responses);
      }
      if (method === 'post') operation.parameters = [...parameters, IDEMPOTENCY_KEY];
    }
  }
  return document;
}

function tellPositions(responses: object): void {
  for (const [status, response] of Object.entries(responses)) {
    if (!status.startsWith('2')) continue;
    const answer = response as { headers?: object };
    answer.headers = { ...answer.headers, 'Odometer-Position': POSITION };
  }
}

/** What the good answer is says enough of routes that only read. */
function descriptionOf(responses: object): string {
  const good = Object.entries(responses).find(([status]) => status.startsWith('2'));
  return (good?.[1] as { description?: string } | undefined)?.description ?? '';
}
