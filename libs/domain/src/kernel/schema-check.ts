import type { TSchema } from '@sinclair/typebox';
import { TypeCompiler, ValueErrorType, type ValueError } from '@sinclair/typebox/compiler';
import type { JsonObject } from './json.js';
import type { FieldError } from './rule-broken.js';

interface Fault {
  readonly code: string;
  readonly problem: (schema: TSchema) => string;
}

const FAULTS: ReadonlyMap<ValueErrorType, Fault> = new Map<ValueErrorType, Fault>([
  [ValueErrorType.ObjectRequiredProperty, { code: 'required', problem: () => 'Is missing.' }],
  [
    ValueErrorType.ObjectAdditionalProperties,
    { code: 'unknown_field', problem: () => 'There is no such field here.' },
  ],
  [
    ValueErrorType.ArrayMinItems,
    { code: 'too_few', problem: ({ minItems }) => `Must have ${minItems} entries or more.` },
  ],
  [
    ValueErrorType.ArrayMaxItems,
    { code: 'too_many', problem: ({ maxItems }) => `Must have ${maxItems} entries at most.` },
  ],
]);

const INVALID: Fault = {
  code: 'invalid',
  problem: (schema) => `Must be ${expectationOf(schema)}.`,
};

/** What a value of a schema of our own kind is, as it follows "Must be": nobody sees it but whoever sends another one. */
export const EXPECTED: unique symbol = Symbol('expected');

const EXPECTED_OF_TYPE: ReadonlyMap<unknown, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['null', 'null'],
]);

/** Something that describes its properties: a schema, and what a schema cannot say. */
interface Described {
  readonly properties: TSchema;
  readonly check: (properties: JsonObject) => FieldError[];
}

/** A check of properties by their description, compiled once. Pointers are relative to the properties; one error for each place. */
export function propertiesCheck({
  properties: schema,
  check,
}: Described): (properties: JsonObject) => FieldError[] {
  const compiled = TypeCompiler.Compile(schema);
  return (properties) =>
    compiled.Check(properties) ? check(properties) : schemaErrors(compiled.Errors(properties));
}

/** The first error of each place: later ones only repeat it in other words. */
function schemaErrors(errors: Iterable<ValueError>): FieldError[] {
  const byPointer = new Map<string, FieldError>();
  for (const error of errors) {
    const { path: pointer, type, schema } = error;
    if (byPointer.has(pointer)) continue;
    const { code, problem } = FAULTS.get(type) ?? INVALID;
    const description = typeof schema.description === 'string' ? ` ${schema.description}` : '';
    byPointer.set(pointer, { pointer, code, detail: `${problem(schema)}${description}` });
  }
  return [...byPointer.values()];
}

function expectationOf(schema: TSchema & { readonly [EXPECTED]?: string }): string {
  const { anyOf, minimum, maximum, maxLength } = schema as TSchema & Limits;
  if (schema[EXPECTED] !== undefined) return schema[EXPECTED];
  if (anyOf !== undefined) return anyOf.map(expectationOf).join(' or ');
  const limits = [
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
    ...(maxLength === undefined ? [] : [`of 1 to ${maxLength} characters`]),
  ];
  return [EXPECTED_OF_TYPE.get(schema['type']) ?? 'as described', ...limits].join(' ');
}

interface Limits {
  readonly anyOf?: readonly TSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}
