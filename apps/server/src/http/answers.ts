import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { Type, type TSchema } from '@sinclair/typebox';
import { HttpProblem } from './problem.js';

const schemas = new Map<string, TSchema>();

/** Names the shape of an answer, so that it stands in the OpenAPI document once. */
export function answer<Schema extends TSchema>(name: string, schema: Schema): Schema {
  schemas.set(name, schema);
  names.set(schema, name);
  return schema;
}

const names = new WeakMap<TSchema, string>();

/** Every named answer, for `components.schemas`. */
export const namedAnswers = (): ReadonlyMap<string, TSchema> => schemas;

/** Says what a route answers. */
export function Answers(status: number, schema: TSchema, description: string): MethodDecorator {
  const name = names.get(schema);
  if (name === undefined) throw new Error('an answer needs a name: make it with answer()');
  return applyDecorators(
    ApiResponse({ status, description, schema: { $ref: `#/components/schemas/${name}` } }),
  );
}

/** One page of a list. */
export const pageOf = (name: string, item: TSchema): TSchema =>
  answer(
    `${name}Page`,
    Type.Object({
      data: Type.Array(Type.Unsafe({ $ref: `#/components/schemas/${names.get(item) ?? name}` })),
      next_cursor: Nullable(
        Type.String({ description: 'Send it as `cursor`; null on the last page.' }),
      ),
    }),
  );

export const Nullable = <Schema extends TSchema>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

export const InstantText = (description: string) =>
  Type.String({ format: 'date-time', description });

export const notFound = (what: string, id: string): HttpProblem =>
  new HttpProblem(404, `${what.replaceAll(' ', '_')}_not_found`, `No ${what} ${id}.`);
