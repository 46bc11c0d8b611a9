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
    validationError: { target: false, value: false },
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
    code: rule === 'whitelistValidation' ? 'unknown_field' : snakeCase(rule),
    detail: rule === 'whitelistValidation' ? 'There is no such field here.' : `${message}.`,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

const snakeCase = (text: string): string =>
  text.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
