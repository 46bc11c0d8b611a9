import { Type, type TSchema } from '@sinclair/typebox';
import type { JsonObject } from './json.js';
import { propertiesCheck } from './schema-check.js';

/** What is said of one property `a`. */
function said(schema: TSchema, properties: JsonObject): string {
  const check = propertiesCheck({
    properties: Type.Object({ a: schema }, { additionalProperties: false }),
    check: () => [],
  });
  return check(properties)
    .map(({ pointer, code, detail }) => `${pointer} ${code}: ${detail}`)
    .join('; ');
}

describe('properties that are not as described', () => {
  const list = Type.Array(Type.String(), { minItems: 1, maxItems: 2, description: 'Names.' });

  it.each<[TSchema, JsonObject, string]>([
    [Type.String({ description: 'A name.' }), {}, '/a required: Is missing. A name.'],
    [Type.Null(), { a: null, b: 1 }, '/b unknown_field: There is no such field here.'],
    [list, { a: [] }, '/a too_few: Must have 1 entries or more. Names.'],
    [list, { a: ['x', 'y', 'z'] }, '/a too_many: Must have 2 entries at most. Names.'],
    [list, { a: ['x', 1] }, '/a/1 invalid: Must be a text.'],
    [list, { a: 'x' }, '/a invalid: Must be a list. Names.'],
    [
      Type.String({ minLength: 1, maxLength: 9 }),
      { a: '' },
      '/a invalid: Must be a text of 1 to 9 characters.',
    ],
    [
      Type.Integer({ minimum: 0, maximum: 9 }),
      { a: -1 },
      '/a invalid: Must be a whole number from 0 to 9.',
    ],
    [Type.Union([Type.Number(), Type.Null()]), { a: 'x' }, '/a invalid: Must be a number or null.'],
    [Type.Unknown({ not: {} }), { a: 'x' }, ''],
    [Type.Never(), { a: 'x' }, '/a invalid: Must be as described.'],
  ])('%j given %j', (schema, properties, expected) => {
    expect(said(schema, properties)).toBe(expected);
  });
});
