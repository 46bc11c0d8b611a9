import { TENANT_ID_PATTERN, type FieldError, type Instant } from '@odometer/domain';
import type { KafkaMessage } from 'kafkajs';
import { MalformedBody, parseExactJson } from '../body/exact-json.js';
import { CLOUD_EVENT_FORM, isJsonContent } from '../cloud-events/cloud-event-form.js';
import type { Batch } from '../intake/cut.js';
import { InvalidBody, readBatch, readOne } from '../record/read-batch.js';
import { HEADER, headerText } from './headers.js';
import { binaryCloudEvent } from './binary-cloud-event.js';
import { CLOCK_AHEAD_MAX_MS } from './limits.js';

/** The usage of one message. */
export interface MessageUsage extends Batch {
  readonly tenant: string;
  readonly actor: string;
}

/** Nothing of the message can be usage as it stands. `message` and `errors` say why. */
export class Poison extends Error {
  override readonly name = 'Poison';

  constructor(
    message: string,
    readonly errors: readonly FieldError[] = [],
  ) {
    super(message);
  }
}

export interface MessageContext {
  /** Of messages that name no tenant. */
  readonly defaultTenant: string;
  /** When the messages were taken from the topic. */
  readonly readAt: Instant;
}

/** The actor of messages that were not sent through our door. */
const KAFKA_ACTOR = 'kafka';

const STRUCTURED = /^application\/cloudevents(-batch)?(\+[^;\s]+)?\s*(;|$)/i;

/**
 * The usage of a message: our JSON, one record or an array of them, or CloudEvents in structured or binary mode. All of it or nothing: throws
 * Poison when any record of it is wrong.
 */
export function readMessage(message: KafkaMessage, context: MessageContext): MessageUsage {
  const { headers } = message;
  const tenant = headerText(headers, HEADER.tenant) ?? context.defaultTenant;
  if (!TENANT_ID_PATTERN.test(tenant)) {
    throw new Poison(
      `the header ${HEADER.tenant} is not a tenant's id: small letters, digits and _`,
    );
  }
  const actor = headerText(headers, HEADER.actor) ?? KAFKA_ACTOR;
  try {
    return { tenant, actor, ...batchOf(message, arrivalOf(message, context.readAt)) };
  } catch (error) {
    if (error instanceof InvalidBody) throw new Poison(error.message, error.errors);
    if (error instanceof MalformedBody) throw new Poison(error.message);
    throw error;
  }
}

function batchOf({ headers, value }: KafkaMessage, receivedAt: Instant): Batch {
  if (headers !== undefined && headerText(headers, 'ce_specversion') !== undefined) {
    const event = binaryCloudEvent(headers, value);
    return one(readOne(event, { receivedAt, form: CLOUD_EVENT_FORM }));
  }
  if (value === null || value.length === 0) throw new Poison('the message has no value');
  const structured = STRUCTURED.exec(headerText(headers, HEADER.contentType) ?? '');
  return structured ? cloudEvents(value, structured, receivedAt) : records(value, receivedAt);
}

function cloudEvents(
  value: Buffer,
  [, batch, format]: RegExpExecArray,
  receivedAt: Instant,
): Batch {
  if (format !== undefined && !isJsonContent(`application/x${format}`)) {
    throw new Poison(`CloudEvents are read as JSON, not as ${format.slice(1)}`);
  }
  const body = parseExactJson(value, 'data');
  if (batch === undefined) return one(readOne(body, { receivedAt, form: CLOUD_EVENT_FORM }));
  return readBatch(body, { receivedAt, form: CLOUD_EVENT_FORM, partial: false, list: 'plain' });
}

function records(value: Buffer, receivedAt: Instant): Batch {
  const body = parseExactJson(value);
  if (!Array.isArray(body.value)) return one(readOne(body, { receivedAt }));
  return readBatch(body, { receivedAt, partial: false, list: 'plain' });
}

const one = ({ record, bytes }: ReturnType<typeof readOne>): Batch => ({
  records: [record],
  bytes: [bytes],
});

/** When the record came to us: at our door, or at the broker where the application wrote to the topic itself. */
function arrivalOf({ headers, timestamp }: KafkaMessage, readAt: Instant): Instant {
  const latest = readAt + CLOCK_AHEAD_MAX_MS;
  const told = headerText(headers, HEADER.receivedAt);
  const instant = told !== undefined && /^\d{1,15}$/.test(told) ? Number(told) : Number(timestamp);
  return instant > 0 && instant <= latest ? instant : readAt;
}
