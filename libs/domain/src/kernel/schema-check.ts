import type { TSchema } from '@sinclair/typebox';
import { TypeCompiler, ValueErrorType, type ValueError } from '@sinclair/typebox/compiler';
import type { JsonObject } from './json.js';
import type { FieldError } from './rule-broken.js';

const CODE_OF_ERROR: ReadonlyMap<ValueErrorType, string> = new Map([
  [ValueErrorType.ObjectRequiredProperty, 'required'],
  [ValueErrorType.ObjectAdditionalProperties, 'unknown_field'],
  [ValueErrorType.ArrayMinItems, 'too_few'],
  [ValueErrorType.ArrayMaxItems, 'too_many'],
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
    const { path: pointer, type, message, schema } = error;
    if (byPointer.has(pointer)) continue;
    const code = CODE_OF_ERROR.get(type) ?? 'invalid';
    byPointer.set(pointer, { pointer, code, detail: detailOf(message, schema) });
  }
  return [...byPointer.values()];
}

function detailOf(message: string, { description, pattern }: TSchema): string {
  const parts = [message, description, pattern].filter((part) => typeof part === 'string');
  return parts.join(': ');
}
