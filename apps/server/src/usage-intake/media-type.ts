import { CLOUD_EVENT_FORM, USAGE_FORM, type ExactPlace, type RecordForm } from '@odometer/ingest';
import type { FastifyRequest } from 'fastify';

/** How a body of one content type is read. */
export interface MediaType {
  readonly name: string;
  readonly form: RecordForm;
  /** A batch of ours is `{"events": [...]}`, one of CloudEvents the array itself. */
  readonly list: 'wrapped' | 'plain';
  readonly exactIn: ExactPlace;
}

/** Ours. */
export const JSON_RECORDS: MediaType = {
  name: 'application/json',
  form: USAGE_FORM,
  list: 'wrapped',
  exactIn: 'properties',
};

/** One CloudEvent, and an array of them, as its HTTP binding names them. */
export const CLOUD_EVENT: MediaType = {
  name: 'application/cloudevents+json',
  form: CLOUD_EVENT_FORM,
  list: 'plain',
  exactIn: 'data',
};
export const CLOUD_EVENTS: MediaType = {
  ...CLOUD_EVENT,
  name: 'application/cloudevents-batch+json',
};

/** What usage may be sent as. */
export const MEDIA_TYPES: readonly MediaType[] = [JSON_RECORDS, CLOUD_EVENT, CLOUD_EVENTS];

const BY_NAME = new Map(MEDIA_TYPES.map((type) => [type.name, type]));

/** Of a request that the router let in. Parameters such as the charset change nothing: JSON is UTF-8. */
export function mediaTypeOf({ headers }: FastifyRequest): MediaType {
  const sent = headers['content-type'] ?? '';
  return BY_NAME.get(sent) ?? BY_NAME.get(withoutParameters(sent)) ?? JSON_RECORDS;
}

const withoutParameters = (type: string): string =>
  (type.split(';', 1)[0] ?? '').trim().toLowerCase();
