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
  readonly bytes: number;
}

export function encodeEvent(event: NewEvent): EncodedEvent {
  const metadata = JSON.stringify(event.metadata);
  const payload = event.data instanceof Uint8Array ? event.data : null;
  const data = payload === null ? JSON.stringify(event.data) : null;
  return {
    event,
    metadata,
    data,
    payload,
    digest: contentDigest(event, metadata, data ?? payload!),
    bytes: metadata.length + (payload?.length ?? Buffer.byteLength(data!)),
  };
}

/** SHA-256 over everything that an event says; the place it has in its stream is added by \`chainHash\`. */
export function contentDigest(
  { eventId, type, schemaVersion }: Pick<NewEvent, 'eventId' | 'type' | 'schemaVersion'>,
  metadata: string,
  data: string | Uint8Array,
): Buffer {
  const head = JSON.stringify([eventId.toLowerCase(), type, schemaVersion, metadata]);
  return createHash('sha256').update(head).update('\0').update(data).digest();
}

/** Hash of an event: over the hash of the one before it in the stream (none for the first), its revision and its content. */
export function chainHash(previous: Uint8Array, revision: number, digest: Uint8Array): Buffer {
  const place = Buffer.alloc(8);
  place.writeBigInt64BE(BigInt(revision));
  return createHash('sha256').update(previous).update(place).update(digest).digest();
}
