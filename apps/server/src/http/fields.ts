import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { toIso, type JsonObject } from '@odometer/domain';
import { readTimestamp } from '@odometer/ingest';
import { plainToInstance, Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
  ValidateNested,
} from 'class-validator';

/**
 * The fields that requests are made of. Each decorator is the check of a field and its documentation at once, so that one
 * cannot say what the other does not hold.
 */
interface FieldOptions {
  readonly description: string;
  readonly optional?: boolean;
  readonly example?: unknown;
  readonly default?: unknown;
}

/** JSON texts of a request body may be this long unless a field says less. */
export const TEXT_LENGTH_MAX = 2_000;
export const LIST_LENGTH_MAX = 1_000;

export const TextField = (
  options: FieldOptions & { readonly max?: number; readonly min?: number },
): PropertyDecorator =>
  field(
    options,
    { type: 'string', minLength: options.min ?? 1, maxLength: options.max ?? TEXT_LENGTH_MAX },
    [
      IsString({ message: 'Must be a text' }),
      MinLength(options.min ?? 1, { message: 'Must not be empty' }),
      MaxLength(options.max ?? TEXT_LENGTH_MAX, {
        message: `Must have at most ${options.max ?? TEXT_LENGTH_MAX} characters`,
      }),
    ],
  );

export const IntegerField = (
  options: FieldOptions & { readonly min: number; readonly max: number },
): PropertyDecorator =>
  field(options, { type: 'integer', minimum: options.min, maximum: options.max }, [
    IsInt({ message: 'Must be a whole number' }),
    Min(options.min, { message: `Must be ${options.min} or more` }),
    Max(options.max, { message: `Must be ${options.max} or less` }),
  ]);

/** A whole number in a query string. */
export const IntegerQuery = (
  options: FieldOptions & { readonly min: number; readonly max: number },
): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
    ),
    IntegerField(options),
  );

export const FlagField = (options: FieldOptions): PropertyDecorator =>
  field(options, { type: 'boolean' }, [IsBoolean({ message: 'Must be true or false' })]);

export const ChoiceField = (
  options: FieldOptions & { readonly values: readonly string[] },
): PropertyDecorator =>
  field(options, { type: 'string', enum: [...options.values] }, [
    IsIn([...options.values], { message: `Must be one of ${options.values.join(', ')}` }),
  ]);

const DECIMAL = /^-?\d{1,30}(\.\d{1,30})?$/;

/** A decimal as text or as a JSON number; reaches the code as text. */
export const DecimalField = (options: FieldOptions): PropertyDecorator =>
  field(options, { oneOf: [{ type: 'string' }, { type: 'number' }] }, [
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'number' ? String(value) : value,
    ),
    Matches(DECIMAL, { message: 'Must be a decimal number such as "12.5"' }),
  ]);

/** ISO 8601 with a zone, or Unix seconds; reaches the code as ISO 8601 in UTC. */
export const InstantField = (options: FieldOptions): PropertyDecorator =>
  field(options, { oneOf: [{ type: 'string', format: 'date-time' }, { type: 'number' }] }, [
    Transform(({ value }: { value: unknown }) => isoOf(value) ?? value),
    ValidateBy({
      name: 'isInstant',
      validator: {
        validate: (value: unknown) => isoOf(value) !== undefined,
        defaultMessage: () =>
          'Must be an instant from 1970 to 2199: ISO 8601 with a zone, such as "2026-01-31T12:00:00Z", or Unix seconds',
      },
    }),
  ]);

const LATEST = Date.UTC(2200, 0, 1);

function isoOf(value: unknown): string | undefined {
  const instant = readTimestamp(value);
  return instant >= 0 && instant < LATEST ? toIso(instant) : undefined;
}

/** A JSON object that the domain checks further. */
export const ObjectField = (options: FieldOptions): PropertyDecorator =>
  field(options, { type: 'object', additionalProperties: true }, [
    IsObject({ message: 'Must be an object' }),
  ]);

/** Keys that each have a list of texts. */
export const TextListMapField = (options: FieldOptions): PropertyDecorator =>
  field(
    options,
    { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
    [
      ValidateBy({
        name: 'isTextListMap',
        validator: {
          validate: isTextListMap,
          defaultMessage: () => 'Must be an object whose values are lists of texts',
        },
      }),
    ],
  );

const isTextListMap = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every(
    (list) => Array.isArray(list) && list.every((entry) => typeof entry === 'string'),
  );

export const TextListField = (
  options: FieldOptions & { readonly max?: number },
): PropertyDecorator =>
  field(options, { type: 'array', items: { type: 'string' } }, [
    IsArray({ message: 'Must be a list' }),
    ArrayMaxSize(options.max ?? LIST_LENGTH_MAX, {
      message: `Must have at most ${options.max ?? LIST_LENGTH_MAX} entries`,
    }),
    IsString({ each: true, message: 'Must hold texts only' }),
  ]);

type Dto = new () => object;

/** An object with fields of its own. */
export const NestedField = (
  options: FieldOptions & { readonly of: () => Dto },
): PropertyDecorator =>
  field(options, { type: () => options.of() }, [
    IsObject({ message: 'Must be an object' }),
    ValidateNested(),
    Type(options.of),
  ]);

/** A list of objects with fields of their own. */
export const NestedListField = (
  options: FieldOptions & { readonly of: () => Dto; readonly max: number },
): PropertyDecorator =>
  field(options, { type: () => options.of(), isArray: true, maxItems: options.max }, [
    IsArray({ message: 'Must be a list' }),
    ArrayMaxSize(options.max, { message: `Must have at most ${options.max} entries` }),
    ValidateNested({ each: true }),
    Transform(({ value }: { value: unknown }) => instancesOf(options.of(), value)),
  ]);

function instancesOf(dto: Dto, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? plainToInstance(dto, item as JsonObject)
      : item,
  );
}

function field(
  { description, optional, example, default: fallback }: FieldOptions,
  documentation: ApiPropertyOptions,
  checks: readonly PropertyDecorator[],
): PropertyDecorator {
  const shown = {
    ...documentation,
    description,
    required: optional !== true,
    ...(example === undefined ? {} : { example }),
    ...(fallback === undefined ? {} : { default: fallback }),
  } as ApiPropertyOptions;
  return applyDecorators(ApiProperty(shown), ...(optional ? [IsOptional()] : []), ...checks);
}
