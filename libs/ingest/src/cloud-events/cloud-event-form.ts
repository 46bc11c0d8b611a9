import type { FieldError, Instant } from '@odometer/domain';
import { explainRecord } from '../record/explain-record.js';
import { childPointer } from '../record/pointer.js';
import { readRecord, type ReadContext, type ReadRecord } from '../record/read-record.js';
import type { RecordForm } from '../record/record-form.js';

/** The attribute of CloudEvents 1.0 that stands for a field of a usage record. The last two are extensions of ours. */
const ATTRIBUTES = {
  transaction_id: 'id',
  code: 'type',
  customer_id: 'subject',
  subscription_id: 'subscriptionid',
  entity_id: 'entityid',
  timestamp: 'time',
  properties: 'data',
} as const;

type Field = keyof typeof ATTRIBUTES;

const FIELDS = Object.keys(ATTRIBUTES) as Field[];
const FIELD_NAME = new RegExp(`\\b(${FIELDS.join('|')})\\b`, 'g');

const SPEC_VERSION = '1.0';
const JSON_CONTENT = /^(application|text)\/([^;\s]+\+)?json\s*(;|$)/i;

type CloudEvent = Readonly<Record<string, unknown>>;

/**
 * CloudEvents 1.0 as JSON: what an event is about becomes the customer, its type the event code, its data the properties. An attribute that is null
 * is absent, as the JSON format says. Extension attributes other than ours (tracing, say) measure nothing and are not kept.
 */
export const CLOUD_EVENT_FORM: RecordForm = {
  read: (sent: unknown, context: ReadContext): ReadRecord | undefined =>
    isObject(sent) && envelopeFaults(sent).length === 0
      ? readRecord(usageOf(sent), context)
      : undefined,
  explain: explainCloudEvent,
};

function explainCloudEvent(sent: unknown, pointer: string, receivedAt: Instant): FieldError[] {
  if (!isObject(sent)) {
    return [{ pointer, code: 'wrong_type', detail: 'a CloudEvent must be an object' }];
  }
  const envelope = envelopeFaults(sent).map(({ attribute, code, detail }) => ({
    pointer: childPointer(pointer, attribute),
    code,
    detail,
  }));
  const faults = explainRecord(usageOf(sent), '', receivedAt).map(({ detail, ...fault }) => ({
    ...fault,
    pointer: pointer + inAttributes(fault.pointer),
    detail: detail.replace(FIELD_NAME, (field) => ATTRIBUTES[field as Field]),
  }));
  return [...envelope, ...faults];
}

/** The usage record that an event says, in our fields; only those that it sets. */
function usageOf(event: CloudEvent): object {
  const record: Partial<Record<Field, unknown>> = {};
  for (const field of FIELDS) {
    const value = event[ATTRIBUTES[field]];
    if (value !== undefined && value !== null) record[field] = value;
  }
  return record;
}

interface EnvelopeFault {
  readonly attribute: string;
  readonly code: string;
  readonly detail: string;
}

/** What CloudEvents asks of an event beyond what a usage record needs. */
function envelopeFaults(event: CloudEvent): EnvelopeFault[] {
  const faults: EnvelopeFault[] = [];
  if (event['specversion'] !== SPEC_VERSION) {
    const detail = `specversion must be "${SPEC_VERSION}"`;
    faults.push({ attribute: 'specversion', code: 'unsupported', detail });
  }
  const { source, time, datacontenttype: content } = event;
  if (typeof source !== 'string' || source === '') {
    const detail = 'source must be a text with at least one character';
    faults.push({ attribute: 'source', code: 'required', detail });
  }
  if (typeof time === 'number') {
    const detail = 'time must be an RFC 3339 string';
    faults.push({ attribute: 'time', code: 'wrong_type', detail });
  }
  if (content !== undefined && content !== null && !isJsonContent(content)) {
    const detail = 'datacontenttype must be application/json: usage data are a JSON object';
    faults.push({ attribute: 'datacontenttype', code: 'unsupported', detail });
  }
  if (event['data_base64'] !== undefined) {
    const detail = 'usage data are a JSON object in data, not bytes';
    faults.push({ attribute: 'data_base64', code: 'unsupported', detail });
  }
  return faults;
}

export const isJsonContent = (content: unknown): boolean =>
  typeof content === 'string' && JSON_CONTENT.test(content);

/** `/customer_id` is `/subject`; what lies below the properties lies below the data. */
function inAttributes(pointer: string): string {
  const [, field = '', ...rest] = pointer.split('/');
  if (pointer === '') return '';
  return ['', Object.hasOwn(ATTRIBUTES, field) ? ATTRIBUTES[field as Field] : field, ...rest].join(
    '/',
  );
}

const isObject = (value: unknown): value is CloudEvent =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
