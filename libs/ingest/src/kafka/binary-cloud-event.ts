import type { IHeaders } from 'kafkajs';
import { parseExactJson, type ParsedBody } from '../body/exact-json.js';
import { HEADER, headerText } from './headers.js';

const PREFIX = 'ce_';

/**
 * A CloudEvent in Kafka's binary mode, as it would be in structured mode: the attributes are headers, the data are the value. Throws MalformedBody
 * when the value is not JSON.
 */
export function binaryCloudEvent(headers: IHeaders, value: Buffer | null): ParsedBody {
  const data =
    value === null || value.length === 0 ? undefined : parseExactJson(value, 'everything');
  const event: Record<string, unknown> = {};
  for (const name of Object.keys(headers)) {
    if (name.startsWith(PREFIX)) event[name.slice(PREFIX.length)] = headerText(headers, name);
  }
  const contentType = headerText(headers, HEADER.contentType);
  if (contentType !== undefined) event['datacontenttype'] = contentType;
  if (data !== undefined) event['data'] = data.value;
  // Headers are UTF-8 without escapes, and may hold what an escape would: they are looked at as if they had some.
  return { value: event, escapes: true, ascii: false };
}
