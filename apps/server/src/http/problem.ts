import type { FieldError } from '@odometer/domain';

/** RFC 9457. `code` is stable and part of the API; `errors` point at every bad field. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Malformed request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  409: 'Conflict',
  413: 'Body too large',
  415: 'Unsupported media type',
  422: 'Invalid',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
};

/** A refusal of the HTTP layer itself: authentication, limits, waiting. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly document: ProblemDocument;

  constructor(
    status: number,
    code: string,
    detail: string,
    readonly extra: {
      readonly errors?: readonly FieldError[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.document = problemOf(status, code, detail, extra.errors ?? []);
  }
}

export const problemOf = (
  status: number,
  code: string,
  detail: string,
  errors: readonly FieldError[] = [],
): ProblemDocument => ({
  type: 'about:blank',
  title: TITLES[status] ?? 'Refused',
  status,
  code,
  detail,
  ...(errors.length > 0 ? { errors } : {}),
});
