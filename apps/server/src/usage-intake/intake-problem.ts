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
import { problemOf } from '../http/problem.js';
import { INTERNAL, refusalOf, type Refusal } from '../http/problem-table.js';

const RETRY_SOON = { 'retry-after': String(intakeLimits.RETRY_AFTER_SECONDS) };

/** What an error of the usage routes says to the sender. What is no refusal of ours is a defect, and is answered as INTERNAL. */
export function usageRefusalOf(error: unknown): Refusal {
  return bodyRefusalOf(error) ?? queueRefusalOf(error) ?? refusalOf(error) ?? INTERNAL;
}

function bodyRefusalOf(error: unknown): Refusal | undefined {
  if (error instanceof InvalidBody) {
    const document = problemOf(422, 'invalid_usage', error.message, error.errors);
    return { document, headers: {} };
  }
  if (error instanceof MalformedBody) {
    return { document: problemOf(400, 'malformed_body', error.message), headers: {} };
  }
  if (error instanceof BodyTooLarge) {
    const { message } = new BodyTooLarge(intakeLimits.BODY_BYTES_MAX);
    return { document: problemOf(413, 'body_too_large', message), headers: {} };
  }
  if (error instanceof UnknownEncoding) {
    const headers = { 'accept-encoding': ENCODINGS.join(', ') };
    return { document: problemOf(415, 'unsupported_encoding', error.message), headers };
  }
  return undefined;
}

function queueRefusalOf(error: unknown): Refusal | undefined {
  if (error instanceof IntakeFull) {
    const headers = { 'retry-after': String(error.retryAfterSeconds) };
    return { document: problemOf(429, 'intake_full', error.message), headers };
  }
  if (error instanceof OutcomeUnknown) {
    return { document: problemOf(503, 'outcome_unknown', error.message), headers: RETRY_SOON };
  }
  if (error instanceof IntakeClosed) {
    return { document: problemOf(503, 'shutting_down', error.message), headers: RETRY_SOON };
  }
  return undefined;
}
