import type { RecordedEvent } from '@odometer/event-store';

/** An event as the protocol knows it: bytes, and a few words about them. */
export interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
}

/** A wire event in its place. */
export interface Record extends WireEvent {
  readonly streamId: string;
  readonly revision: number;
  /** Commit and prepare position; they are the same for all that is written through gRPC. */
  readonly position: bigint;
  /** Unix milliseconds. */
  readonly created: number;
}

/** The first record lies behind the header of the log, and records are far apart: few numbers are places where one can read from. */
const FIRST_POSITION = 128n;
const RECORD_DISTANCE = 313n;

export const commitPositionOf = (place: number): bigint =>
  FIRST_POSITION + BigInt(place) * RECORD_DISTANCE;

/** The place in the store behind it, or null where no record begins. */
export function placeOf(position: bigint): number | null {
  const distance = position - FIRST_POSITION;
  return distance > 0n && distance % RECORD_DISTANCE === 0n
    ? Number(distance / RECORD_DISTANCE)
    : null;
}

/** All of a wire event as the data of an event of the store behind it: head as JSON, NUL, metadata, data. */
export function packed(event: WireEvent): Uint8Array {
  const { id, contentType, metadata, data } = event;
  const head = JSON.stringify([id, contentType, metadata.byteLength]);
  return Buffer.concat([Buffer.from(`${head}\0`), metadata, data]);
}

export function recordOf(event: RecordedEvent): Record {
  const bytes = Buffer.from(event.data as Uint8Array);
  const end = bytes.indexOf(0);
  const [id, contentType, length] = JSON.parse(bytes.toString('utf8', 0, end)) as [
    string,
    string,
    number,
  ];
  const body = end + 1;
  return {
    id,
    contentType,
    type: event.type,
    metadata: bytes.subarray(body, body + length),
    data: bytes.subarray(body + length),
    streamId: event.streamId,
    revision: event.revision,
    position: commitPositionOf(event.position),
    created: Date.parse(event.metadata.recordedAt),
  };
}

/** What the server counts against the limit of one append. */
export const sizeOf = ({ type, metadata, data }: WireEvent): number =>
  data.byteLength + metadata.byteLength + 2 * type.length;
