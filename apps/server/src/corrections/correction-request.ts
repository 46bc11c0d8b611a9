import type { FieldError, Instant, RecordChanges } from '@odometer/domain';
import { parseExactJson, readOne } from '@odometer/ingest';
import type { RecordRequest } from '@odometer/read-models';
import { HttpProblem } from '../http/problem.js';
import { usageRefusalOf } from '../usage-intake/intake-problem.js';
import type { AmendEventBody, SubjectOfEventQuery } from './correction.dto.js';

/** Which record is meant. Throws HttpProblem 422 when neither a customer nor a subscription is named. */
export function requestOf(
  tenant: string,
  transactionId: string,
  { customer_id: customerId, subscription_id: subscriptionId }: SubjectOfEventQuery,
): RecordRequest {
  if (customerId !== undefined || subscriptionId !== undefined)
    return { tenant, transactionId, customerId, subscriptionId };
  const detail =
    'Must name the customer_id, or the subscription_id of an event without one: a transaction_id is unique for each of them only.';
  throw invalid([{ pointer: '/customer_id', code: 'required', detail }]);
}

const CHANGED = ['code', 'timestamp', 'entity_id', 'properties'] as const;

/** What an amendment changes, held to the same rules as a record that is sent. Throws HttpProblem 422. */
export function changesOf(id: string, body: AmendEventBody, receivedAt: Instant): RecordChanges {
  if (CHANGED.every((field) => body[field] === undefined)) {
    const detail = `Must have one of ${CHANGED.join(', ')}; to take the event back, void it.`;
    throw invalid([{ pointer: '', code: 'nothing_to_amend', detail }]);
  }
  const { code, timestamp, entity_id: entityId, properties } = body;
  const read = readAsSent(
    {
      transaction_id: id,
      // Any valid code does for the check of the others.
      code: code ?? 'unchanged',
      customer_id: 'unchanged',
      timestamp,
      entity_id: entityId ?? undefined,
      properties,
    },
    receivedAt,
  );
  return {
    code,
    timestamp: timestamp === undefined ? undefined : read.timestamp,
    entityId,
    properties: read.properties,
  };
}

function readAsSent(record: object, receivedAt: Instant) {
  try {
    return readOne(parseExactJson(Buffer.from(JSON.stringify(record))), { receivedAt }).record;
  } catch (error) {
    const { document, headers } = usageRefusalOf(error);
    if (document.status === 500) throw error;
    const { status, code, detail, errors } = document;
    throw new HttpProblem(status, code, detail, { errors: errors ?? [], headers });
  }
}

const invalid = (errors: readonly FieldError[]): HttpProblem =>
  new HttpProblem(422, 'validation_failed', `Not valid: ${errors[0]!.pointer || 'the body'}.`, {
    errors,
  });
