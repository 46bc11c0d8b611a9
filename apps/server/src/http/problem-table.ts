import { RuleBroken, type RuleKind } from '@odometer/domain';
import {
  AppendQueueFull,
  RevisionConflict,
  StoreUnavailable,
  UnknownOutcome,
} from '@odometer/event-store';
import { HttpProblem, problemOf, type ProblemDocument } from './problem.js';

export interface Refusal {
  readonly document: ProblemDocument;
  readonly headers: Readonly<Record<string, string>>;
}

const STATUS_OF_RULE: Readonly<Record<RuleKind, number>> = {
  invalid: 422,
  conflict: 409,
  not_found: 404,
};

const RETRY_SOON = { 'retry-after': '1' };

/** What an error says to a client; undefined for an error that is a defect of ours. The only place that decides it. */
export function refusalOf(error: unknown): Refusal | undefined {
  return ruleOf(error) ?? storeOf(error) ?? databaseOf(error) ?? frameworkOf(error);
}

function ruleOf(error: unknown): Refusal | undefined {
  if (error instanceof HttpProblem) {
    return { document: error.document, headers: error.extra.headers ?? {} };
  }
  if (!(error instanceof RuleBroken)) return undefined;
  const status = STATUS_OF_RULE[error.kind];
  return { document: problemOf(status, error.code, error.message, error.errors), headers: {} };
}

function storeOf(error: unknown): Refusal | undefined {
  if (error instanceof RevisionConflict) {
    const detail = 'The same thing is being changed by many at once; try again.';
    return { document: problemOf(409, 'concurrent_change', detail), headers: RETRY_SOON };
  }
  if (error instanceof AppendQueueFull) {
    const detail =
      'More is waiting to be stored than there is room for; nothing of this was stored.';
    return { document: problemOf(429, 'log_busy', detail), headers: RETRY_SOON };
  }
  if (error instanceof StoreUnavailable) {
    const detail = 'The log cannot be reached; nothing of this was stored.';
    return { document: problemOf(503, 'log_unavailable', detail), headers: RETRY_SOON };
  }
  if (error instanceof UnknownOutcome) {
    const detail =
      'It is not known whether this has been stored; send the identical request again.';
    return { document: problemOf(503, 'outcome_unknown', detail), headers: RETRY_SOON };
  }
  return undefined;
}

/** Connection failures, and SQLSTATE classes 08 (connection), 53 (resources) and 57P (shutdown). */
const DATABASE_AWAY = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|08...|53...|57P..)$/;

/** What `pg` says, without any code, of a connection that broke or does not answer. */
const DATABASE_SILENT =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|timeout expired)/;

function databaseOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  const away =
    typeof code === 'string' ? DATABASE_AWAY.test(code) : DATABASE_SILENT.test(error.message);
  if (!away) return undefined;
  const detail = 'The database does not answer; try again.';
  return { document: problemOf(503, 'database_unavailable', detail), headers: RETRY_SOON };
}

interface WithStatus {
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly code?: unknown;
}

/** Refusals of Fastify and Nest before a request reaches us: unknown routes and unreadable bodies. */
function frameworkOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, statusCode, code } = error as Error & WithStatus;
  const answer = (number: number, name: string, detail: string): Refusal => ({
    document: problemOf(number, name, detail),
    headers: {},
  });
  switch (statusCode ?? status) {
    case 400:
      return code === 'FST_ERR_BAD_URL'
        ? answer(400, 'malformed_url', 'The path is not validly percent-encoded.')
        : answer(400, 'malformed_body', error.message);
    case 404:
      return answer(404, 'route_not_found', error.message);
    case 413:
      return answer(413, 'body_too_large', error.message);
    case 414:
      return answer(404, 'route_not_found', 'The path is longer than any of ours.');
    case 415:
      return answer(415, 'unsupported_media_type', 'Commands are sent as application/json.');
    default:
      return undefined;
  }
}

export const INTERNAL: Refusal = {
  document: problemOf(500, 'internal_error', 'Something went wrong here; it has been logged.'),
  headers: {},
};
