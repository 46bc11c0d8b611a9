import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { namedAnswers } from '../http/answers.js';
import { INTAKE_PATHS } from './intake-paths.js';
import { PROBLEM_SCHEMA, withProblems } from './problems.js';

const DESCRIPTION = [
  'Usage in, balances and invoices out. Every number can be explained down to the events behind it.',
  'Amounts are integers in the smallest unit of the currency; quantities and unit prices are decimal texts;',
  'instants are ISO 8601. Commands take an `Idempotency-Key`; every GET, preview, check and dry run takes `Odometer-Min-Position`.',
].join('\n');

/** The OpenAPI 3.1 document, made from the routes themselves. */
export function openApiOf(app: INestApplication): OpenAPIObject {
  const info = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Odometer')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key.' }, 'key')
    .addSecurityRequirements('key')
    .build();
  const document = SwaggerModule.createDocument(app, info, {
    operationIdFactory: (controller, method) => `${method}${controller.replace(/Controller$/, '')}`,
  });
  const schemas = {
    ...document.components?.schemas,
    ...Object.fromEntries([...namedAnswers()].map(([name, schema]) => [name, plain(schema)])),
    Problem: PROBLEM_SCHEMA,
    ...INTAKE_PATHS.schemas,
  };
  return withProblems({
    ...document,
    paths: sorted(withIntake(document.paths)),
    components: { ...document.components, schemas: sorted(schemas) },
  } as OpenAPIObject);
}

/** The path of single events is also one of Nest's, which reads them. */
function withIntake(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  const merged: Record<string, object> = { ...paths };
  for (const [path, item] of Object.entries(INTAKE_PATHS.paths)) {
    merged[path] = { ...merged[path], ...item };
  }
  return merged;
}

/** Without TypeBox' symbols, and without `required: []` order that depends on the engine. */
const plain = (schema: object): object => JSON.parse(JSON.stringify(schema)) as object;

/** In the order of their names, so that the committed document changes only where the API does. */
const sorted = <Value>(record: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** `/openapi.json`, and a page to read and try it at `/docs`. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiOf(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Odometer API',
  });
}
