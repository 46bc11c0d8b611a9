import { createHash } from 'node:crypto';
import type { NewEvent } from './event-store.js';

/** An event as it is stored and hashed. */
export interface EncodedEvent {
  readonly event: NewEvent;
  readonly metadata: string;
  /** JSON text; null when the data are bytes. */
  readonly data: string | null;
  readonly payload: Uint8Array | null;
  readonly digest: Buffer;
  /** Of data and metadata together. */
  readonly bytes: number;
}

/** What of an event its digest covers. */
export interface HashedContent {
  readonly streamId: string;
  readonly eventId: string;
  readonly type: string;
  readonly schemaVersion: number;
  /** JSON, exactly as stored. */
  readonly metadata: string;
  /** JSON, exactly as stored, or the bytes. */
  readonly data: string | Uint8Array;
}

export function encodeEvent(streamId: string, event: NewEvent): EncodedEvent {
  const { eventId, type, schemaVersion } = event;
  const metadata = JSON.stringify(event.metadata);
  const payload = event.data instanceof Uint8Array ? event.data : null;
  const data = payload ?? JSON.stringify(event.data);
  return {
    event,
    metadata,
    data: typeof data === 'string' ? data : null,
    payload,
    digest: contentDigest({ streamId, eventId, type, schemaVersion, metadata, data }),
    bytes: Buffer.byteLength(metadata) + Buffer.byteLength(data),
  };
}

/** Whether an append of the same id says what is stored. Metadata may differ: see EventStore. */
export const saysTheSame = ({ event, data, payload }: EncodedEvent, stored: NewEvent): boolean =>
  event.type === stored.type &&
  event.schemaVersion === stored.schemaVersion &&
  (stored.data instanceof Uint8Array
    ? payload !== null && Buffer.compare(payload, stored.data) === 0
    : data === JSON.stringify(stored.data));

/**
 * SHA-256 over everything that an event says and where it says it. The head is a JSON array, which holds no raw NUL, so the NUL
 * after it makes the boundary to the data unambiguous. `chainHash` adds the event's place.
 */
export function contentDigest(content: HashedContent): Buffer {
  const { streamId, eventId, type, schemaVersion, metadata, data } = content;
  const kind = typeof data === 'string' ? 'json' : 'bytes';
  const head = JSON.stringify([streamId, eventId, type, schemaVersion, kind, metadata]);
  return createHash('sha256').update(`${head}\0`).update(data).digest();
}

/** Hash of an event: over the hash of the one before it in the stream (none for the first), its revision and its content. */
export function chainHash(previous: Uint8Array, revision: number, digest: Uint8Array): Buffer {
  const place = Buffer.alloc(8);
  place.writeBigInt64BE(BigInt(revision));
  return createHash('sha256').update(previous).update(place).update(digest).digest();
}
