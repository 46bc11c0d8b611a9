import type { FieldError } from '@odometer/domain';
import {
  BodyTooLarge,
  ENCODINGS,
  IntakeClosed,
  IntakeFull,
  intakeLimits,
  InvalidBody,
  MalformedBody,
  OutcomeUnknown,
  UnknownEncoding,
} from '@odometer/ingest';

/** RFC 9457. `code` is stable; `errors` point at the bad fields of the body. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

export interface IntakeProblem {
  readonly document: ProblemDocument;
  readonly headers?: Readonly<Record<string, string>>;
}

type Kind = Pick<ProblemDocument, 'title' | 'status' | 'code'>;

const KINDS = {
  malformed: { status: 400, code: 'malformed_body', title: 'Malformed body' },
  forbidden: { status: 403, code: 'missing_scope', title: 'Scope missing' },
  tooLarge: { status: 413, code: 'body_too_large', title: 'Body too large' },
  mediaType: { status: 415, code: 'unsupported_media_type', title: 'Unsupported media type' },
  encoding: { status: 415, code: 'unsupported_encoding', title: 'Unsupported content encoding' },
  invalid: { status: 422, code: 'invalid_usage', title: 'Invalid usage' },
  full: { status: 429, code: 'intake_full', title: 'Too much usage at once' },
  unknown: { status: 503, code: 'outcome_unknown', title: 'Outcome unknown' },
  closed: { status: 503, code: 'shutting_down', title: 'Shutting down' },
} satisfies Record<string, Kind>;

const problem = (kind: Kind, detail: string): ProblemDocument => ({
  type: 'about:blank',
  ...kind,
  detail,
});

export const missingScope = (): IntakeProblem => ({
  document: problem(KINDS.forbidden, 'this API key does not have the scope ingest'),
});

const RETRY_SOON = { 'retry-after': String(intakeLimits.RETRY_AFTER_SECONDS) };

/** What a refusal of intake or of the HTTP server says; undefined for an error that is a defect of ours. */
export function intakeProblemOf(error: unknown): IntakeProblem | undefined {
  return bodyProblemOf(error) ?? queueProblemOf(error) ?? serverProblemOf(error);
}

function bodyProblemOf(error: unknown): IntakeProblem | undefined {
  if (error instanceof InvalidBody) {
    return { document: { ...problem(KINDS.invalid, error.message), errors: error.errors } };
  }
  if (error instanceof MalformedBody) return { document: problem(KINDS.malformed, error.message) };
  if (error instanceof BodyTooLarge) return { document: problem(KINDS.tooLarge, error.message) };
  if (error instanceof UnknownEncoding) {
    const headers = { 'accept-encoding': ENCODINGS.join(', ') };
    return { document: problem(KINDS.encoding, error.message), headers };
  }
  return undefined;
}

function queueProblemOf(error: unknown): IntakeProblem | undefined {
  if (error instanceof IntakeFull) {
    const headers = { 'retry-after': String(error.retryAfterSeconds) };
    return { document: problem(KINDS.full, error.message), headers };
  }
  if (error instanceof OutcomeUnknown) {
    return { document: problem(KINDS.unknown, error.message), headers: RETRY_SOON };
  }
  if (error instanceof IntakeClosed) {
    return { document: problem(KINDS.closed, error.message), headers: RETRY_SOON };
  }
  return undefined;
}

/** Fastify refuses some bodies before they reach us. */
function serverProblemOf(error: unknown): IntakeProblem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const status = error.statusCode;
  if (status === 413) {
    const { message } = new BodyTooLarge(intakeLimits.BODY_BYTES_MAX);
    return { document: problem(KINDS.tooLarge, message) };
  }
  if (status === 415) {
    const detail = 'usage is sent as application/json';
    return { document: problem(KINDS.mediaType, detail), headers: { accept: 'application/json' } };
  }
  if (status !== 400) return undefined;
  return { document: problem(KINDS.malformed, error.message) };
}
