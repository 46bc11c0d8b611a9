import type { JsonObject } from '@odometer/domain';
import type { EventMetadata, RecordedEvent } from '../event-store.js';

/** An event as `pg` reads it out of text results. */
export interface EventRow {
  readonly position: string | null;
  readonly stream_id: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly metadata: EventMetadata;
  readonly data: JsonObject | null;
  readonly payload: Buffer | null;
  readonly hash: Buffer;
}

/** Of `odometer.events e`. */
export const EVENT_COLUMNS =
  'e.position, e.stream_id, e.revision, e.event_id, e.type, e.schema_version, e.metadata, e.data, e.payload, e.hash';

export const HEAD_QUERY = 'SELECT coalesce(max(position), 0) AS head FROM odometer.events';

export function recordedOf(row: EventRow): RecordedEvent {
  return {
    eventId: row.event_id,
    type: row.type,
    schemaVersion: row.schema_version,
    data: row.data ?? row.payload!,
    metadata: row.metadata,
    streamId: row.stream_id,
    revision: Number(row.revision),
    position: Number(row.position),
    hash: row.hash.toString('hex'),
  };
}
