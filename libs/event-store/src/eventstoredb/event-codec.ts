import { binaryEvent, jsonEvent, type EventData as WireEvent } from '@eventstore/db-client';
import type { JsonObject } from '@odometer/domain';
import { encodeEvent, type EncodedEvent } from '../event-hash.js';
import type { EventMetadata, RecordedEvent } from '../event-store.js';
import { positionOf } from './positions.js';

/** What stands in the server's metadata of an event: ours, and what the server has no field for. */
interface Envelope {
  readonly metadata: EventMetadata;
  readonly schemaVersion: number;
  /** Hex. */
  readonly hash: string;
}

/** An event as the client hands it out. */
export interface WireRecord {
  readonly id: string;
  readonly streamId: string;
  readonly type: string;
  readonly revision: bigint;
  readonly position?: { readonly commit: bigint };
  readonly isJson: boolean;
  readonly data: unknown;
  readonly metadata?: unknown;
}

/** The log holds an event that Odometer did not write. */
export class ForeignEvent extends Error {
  override readonly name = 'ForeignEvent';

  constructor({ streamId, revision, type }: WireRecord) {
    super(
      `stream ${streamId}, revision ${revision}: ${type} was not written by Odometer, which needs a database of its own`,
    );
  }
}

/** Events of the server itself, and links. */
export const isSystemEvent = ({ streamId, type }: WireRecord): boolean =>
  streamId.startsWith('$') || type.startsWith('$');

export function wireEventOf({ event, payload }: EncodedEvent, hash: Uint8Array): WireEvent {
  const { eventId: id, type, schemaVersion, metadata } = event;
  const envelope: Envelope = { metadata, schemaVersion, hash: Buffer.from(hash).toString('hex') };
  // The client makes JSON of both with the same function that made the text which was hashed.
  return payload === null
    ? jsonEvent({ id, type, data: event.data as JsonObject, metadata: { ...envelope } } as never)
    : binaryEvent({ id, type, data: Uint8Array.from(payload), metadata: { ...envelope } } as never);
}

/** Bytes that an event counts for at the server. */
export function wireBytesOf({ event, bytes }: EncodedEvent): number {
  const envelope = Buffer.byteLength(
    JSON.stringify({ metadata: 0, schemaVersion: event.schemaVersion, hash: 'f'.repeat(64) }),
  );
  return bytes + envelope + 2 * event.type.length;
}

/** Throws ForeignEvent. */
export function recordedOf(record: WireRecord): RecordedEvent {
  const envelope = envelopeOf(record);
  if (record.position === undefined) throw new Error(`event ${record.id} came without a position`);
  return {
    eventId: record.id.toLowerCase(),
    type: record.type,
    schemaVersion: envelope.schemaVersion,
    data: record.isJson ? (record.data as JsonObject) : (record.data as Uint8Array),
    metadata: envelope.metadata,
    streamId: record.streamId,
    revision: Number(record.revision),
    position: positionOf(record.position.commit),
    hash: envelope.hash,
  };
}

/** What the hash of a stored event covers. JSON that was written by JSON.stringify is the same text when it is written again. */
export const contentOf = (event: RecordedEvent): Buffer =>
  encodeEvent(event.streamId, event).digest;

function envelopeOf(record: WireRecord): Envelope {
  const { metadata } = record;
  if (typeof metadata === 'object' && metadata !== null && 'schemaVersion' in metadata) {
    const envelope = metadata as Envelope;
    if (typeof envelope.hash === 'string' && typeof envelope.metadata === 'object') return envelope;
  }
  throw new ForeignEvent(record);
}
