import { pb, sharedPb } from './stubs.js';
import type { Record } from './records.js';

const TICKS_PER_MS = 10_000n;

export function streamIdentifier(name: string): InstanceType<typeof sharedPb.StreamIdentifier> {
  const identifier = new sharedPb.StreamIdentifier();
  identifier.setStreamName(Uint8Array.from(Buffer.from(name, 'utf8')));
  return identifier;
}

export const nameOf = (
  identifier: InstanceType<typeof sharedPb.StreamIdentifier> | undefined,
): string => Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');

export function eventMessage(record: Record): InstanceType<typeof pb.ReadResp> {
  const event = new pb.ReadResp.ReadEvent.RecordedEvent();
  const id = new sharedPb.UUID();
  id.setString(record.id);
  event.setId(id);
  event.setStreamIdentifier(streamIdentifier(record.streamId));
  event.setStreamRevision(String(record.revision));
  event.setCommitPosition(String(record.position));
  event.setPreparePosition(String(record.position));
  const words = event.getMetadataMap();
  words.set('type', record.type);
  words.set('content-type', record.contentType);
  words.set('created', String(BigInt(record.created) * TICKS_PER_MS));
  event.setCustomMetadata(plain(record.metadata));
  event.setData(plain(record.data));
  const read = new pb.ReadResp.ReadEvent();
  read.setEvent(event);
  read.setCommitPosition(String(record.position));
  return new pb.ReadResp().setEvent(read);
}

export function confirmation(id: string): InstanceType<typeof pb.ReadResp> {
  const confirmed = new pb.ReadResp.SubscriptionConfirmation();
  confirmed.setSubscriptionId(id);
  return new pb.ReadResp().setConfirmation(confirmed);
}

export function checkpoint(position: bigint): InstanceType<typeof pb.ReadResp> {
  const reached = new pb.ReadResp.Checkpoint();
  reached.setCommitPosition(String(position));
  reached.setPreparePosition(String(position));
  return new pb.ReadResp().setCheckpoint(reached);
}

export const caughtUp = (): InstanceType<typeof pb.ReadResp> =>
  new pb.ReadResp().setCaughtUp(new pb.ReadResp.CaughtUp());

export function streamNotFound(name: string): InstanceType<typeof pb.ReadResp> {
  const missing = new pb.ReadResp.StreamNotFound();
  missing.setStreamIdentifier(streamIdentifier(name));
  return new pb.ReadResp().setStreamNotFound(missing);
}

/** The stubs take bytes that are Uint8Array and nothing derived from it. */
const plain = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);
