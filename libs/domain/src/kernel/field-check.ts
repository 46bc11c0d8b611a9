import { RuleBroken, type FieldError } from './rule-broken.js';

/** Longest id that a caller may choose, in UTF-16 units. */
export const EXTERNAL_ID_LENGTH_MAX = 255;
/** Longest code of a plan, feature or test clock. */
export const CODE_LENGTH_MAX = 100;
/** Longest display name. */
export const NAME_LENGTH_MAX = 255;

/** Control characters break logs and tables; half of a surrogate pair cannot become part of a stream id. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
const CODE = /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/;

/** Throws RuleBroken `validation_failed` with every error, or returns when there is none. */
export function refuseInvalid(what: string, errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const fields = errors.map((error) => error.pointer).join(', ');
  throw new RuleBroken('validation_failed', `${what} is not valid: ${fields}`, 'invalid', errors);
}

/** An id of the caller's own: 1 to 255 characters, none of them a control character. */
export function checkExternalId(value: string, pointer: string): FieldError[] {
  return checkText(value, pointer, EXTERNAL_ID_LENGTH_MAX);
}

export function checkName(value: string, pointer: string): FieldError[] {
  return checkText(value, pointer, NAME_LENGTH_MAX);
}

/** A code: letters, digits, `_`, and after the first character also `.`, `:` and `-`. */
export function checkCode(value: string, pointer: string): FieldError[] {
  if (value.length <= CODE_LENGTH_MAX && CODE.test(value)) return [];
  const detail = `Must be 1 to ${CODE_LENGTH_MAX} letters, digits, "_", ".", ":" or "-".`;
  return [{ pointer, code: 'invalid_code', detail }];
}

export function checkInteger(
  value: number,
  pointer: string,
  range: { readonly min: number; readonly max: number },
): FieldError[] {
  const { min, max } = range;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return [];
  const detail = `Must be a whole number from ${min} to ${max}.`;
  return [{ pointer, code: 'out_of_range', detail }];
}

/** A text of 1 to `lengthMax` UTF-16 units without control characters. */
export function checkText(value: string, pointer: string, lengthMax: number): FieldError[] {
  if (value.length === 0 || value.length > lengthMax) {
    return [{ pointer, code: 'invalid_length', detail: `Must have 1 to ${lengthMax} characters.` }];
  }
  if (!UNPRINTABLE.test(value)) return [];
  const detail = 'Must not contain control characters.';
  return [{ pointer, code: 'invalid_characters', detail }];
}
