import { ValidationPipe, type ValidationError } from '@nestjs/common';
import type { FieldError } from '@odometer/domain';
import { HttpProblem } from './problem.js';

/** Bad fields that one answer lists. */
export const REPORTED_ERRORS_MAX = 100;

/** Checks bodies and queries against their DTO class, refuses fields that it does not know, and names every bad one at once. */
export const validationPipe = (): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    // A text that is no text is not too long as well.
    stopAtFirstError: true,
    validationError: { target: false, value: true },
    exceptionFactory: (errors) => invalid(errors.flatMap((error) => fieldErrors(error, ''))),
  });

const invalid = (errors: readonly FieldError[]): HttpProblem =>
  new HttpProblem(
    422,
    'validation_failed',
    `Not valid: ${[...new Set(errors.map((error) => error.pointer))].join(', ').slice(0, 500)}.`,
    { errors: errors.slice(0, REPORTED_ERRORS_MAX) },
  );

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  const name = error.property.replaceAll('~', '~0').replaceAll('/', '~1');
  const pointer = `${parent}/${name}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    pointer,
    ...faultOf(rule, message, error.value),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

function faultOf(rule: string, message: string, value: unknown): Omit<FieldError, 'pointer'> {
  if (rule === 'whitelistValidation') {
    return { code: 'unknown_field', detail: 'There is no such field here.' };
  }
  if (value === undefined) return { code: 'required', detail: `Is missing. ${message}.` };
  return { code: snakeCase(rule), detail: `${message}.` };
}

const snakeCase = (text: string): string =>
  text.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
