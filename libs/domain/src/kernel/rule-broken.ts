/** What kind of refusal it is; the HTTP layer turns it into 422, 409 or 404 in one place. */
export type RuleKind = 'invalid' | 'conflict' | 'not_found';

/** One bad field: a JSON pointer into the request (RFC 6901), a stable code, and a sentence. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** A command that must not have been sent. `code` is snake_case, stable, and part of the API. */
export class RuleBroken extends Error {
  override readonly name = 'RuleBroken';

  constructor(
    readonly code: string,
    message: string,
    readonly kind: RuleKind = 'invalid',
    readonly errors: readonly FieldError[] = [],
  ) {
    super(message);
  }
}
