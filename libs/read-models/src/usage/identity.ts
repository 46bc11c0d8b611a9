import { hash } from 'node:crypto';
import { subjectOf, type UsageRecord } from '@odometer/domain';
import { POSTING_RUNS } from './run-formats.js';

/** Where a record lies: the position of its segment and its index in it. */
export interface Place {
  readonly position: number;
  readonly index: number;
}

/** The parts of a record that its identity is made of. */
export type IdentifiedRecord = Pick<
  UsageRecord,
  'transactionId' | 'customerId' | 'subscriptionId' | 'amendedAt'
>;

/** First bytes of a SHA-256 that are kept of it: 128 bits, so that nobody can make two ids collide. */
export const HASH_BYTES = 16;
const PLACE_AT = HASH_BYTES;
const TIMESTAMP_END = 2 ** 48;

const POSITION_END = 2 ** 48;
const INDEX_END = 2 ** 16;

/** Reads and writes whole words of a buffer, most significant byte first; quicker than the methods of `Buffer`. */
export const viewOf = (buffer: Buffer): DataView =>
  new DataView(buffer.buffer, buffer.byteOffset, buffer.length);

/**
 * Writes the identity entry of a record: the front of SHA-256 of (hash of the subject, transaction id), then the place. The subject's hash is of one
 * length, so nothing has to part the two; with the text of a UUID it makes one block of SHA-256, where the ids themselves would make two.
 */
export function writeIdentity(
  entries: Buffer,
  at: number,
  source: { tenant: string; record: IdentifiedRecord; place: Place },
): void {
  const { tenant, record, place } = source;
  const { transactionId, amendedAt } = record;
  // An amendment must change the digest of what was counted. Ids contain no NUL, so this is no other record's identity.
  const id = amendedAt === undefined ? transactionId : `${transactionId}\0${amendedAt}`;
  const message = Buffer.concat([latestSubject(tenant, subjectOf(record)), Buffer.from(id)]);
  writeHash(entries, at, hash('sha256', message, 'binary'));
  writePlace(viewOf(entries), at + PLACE_AT, place);
}

interface HashedSubject {
  readonly tenant: string;
  readonly subject: string;
  readonly hashed: Buffer;
}

let latest: HashedSubject = { tenant: '', subject: '', hashed: Buffer.alloc(0) };

/** The hash of a subject. Records are mostly looked at one by one where many in a row are of one subject. */
function latestSubject(tenant: string, subject: string): Buffer {
  if (latest.subject !== subject || latest.tenant !== tenant)
    latest = { tenant, subject, hashed: hashOfSubject(tenant, subject) };
  return latest.hashed;
}

/** From a text that holds a byte in each character. For so few, a call of `Buffer.write` costs more than the bytes. */
function writeHash(into: Buffer, at: number, digest: string): void {
  for (let i = 0; i < HASH_BYTES; i += 1) into[at + i] = digest.charCodeAt(i);
}

export const identityPlace = (entries: Buffer, at: number): Place =>
  readPlace(entries, at + PLACE_AT);

/** Whether two entries of one buffer have the same identity. Mostly the first word tells. */
export const sameIdentity = (entries: DataView, a: number, b: number): boolean =>
  entries.getInt32(a) === entries.getInt32(b) &&
  entries.getInt32(a + 4) === entries.getInt32(b + 4) &&
  entries.getInt32(a + 8) === entries.getInt32(b + 8) &&
  entries.getInt32(a + 12) === entries.getInt32(b + 12);

/** What is kept of the SHA-256 of (tenant, subject). */
export function hashOfSubject(tenant: string, subject: string): Buffer {
  const kept = Buffer.alloc(HASH_BYTES);
  writeHash(kept, 0, hash('sha256', `${tenant}\0${subject}`, 'binary'));
  return kept;
}

/** First 8 bytes of the hash of a subject, as two words. */
export interface SubjectHash {
  readonly high: number;
  readonly low: number;
}

/** Two subjects in one bucket of it are told apart by the records themselves. */
export function subjectHash(tenant: string, subject: string): SubjectHash {
  const hashed = hashOfSubject(tenant, subject);
  return { high: hashed.readInt32BE(0), low: hashed.readInt32BE(4) };
}

/** Throws a RangeError on a time or a place that does not fit. */
export function writePosting(
  entries: DataView,
  at: number,
  posting: { readonly subject: SubjectHash; readonly timestamp: number; readonly place: Place },
): void {
  const { subject, timestamp, place } = posting;
  if (!(timestamp >= 0 && timestamp < TIMESTAMP_END))
    throw new RangeError(`no posting can be made of the time ${timestamp}`);
  entries.setInt32(at, subject.high);
  entries.setInt32(at + 4, subject.low);
  // Remainders of numbers that are larger than a word take long.
  const upper = Math.floor(timestamp / 2 ** 16);
  entries.setUint32(at + 8, upper);
  entries.setUint16(at + 12, timestamp - upper * 2 ** 16);
  writePlace(entries, at + 14, place);
  entries.setUint16(at + 22, 0);
}

/** The posting of a subject at a time and place; without a place the lowest possible one: the bound of a range. */
export function postingBound(
  subject: SubjectHash,
  timestamp: number,
  place: Place = { position: 0, index: 0 },
): Buffer {
  const bound = Buffer.alloc(POSTING_RUNS.entryBytes);
  writePosting(viewOf(bound), 0, { subject, timestamp, place });
  return bound;
}

export const postingPlace = (entries: Buffer, at: number): Place => readPlace(entries, at + 14);

export const postingTimestamp = (entries: Buffer, at: number): number =>
  entries.readUIntBE(at + 8, 6);

/** Six bytes of the position, two of the index. Throws a RangeError on what does not fit. */
function writePlace(entries: DataView, at: number, place: Place): void {
  checkPlace(place);
  const { position, index } = place;
  const upper = Math.floor(position / 2 ** 32);
  entries.setUint16(at, upper);
  entries.setUint32(at + 2, position - upper * 2 ** 32);
  entries.setUint16(at + 6, index);
}

/** Throws a RangeError on a place that entries cannot say. */
export function checkPlace({ position, index }: Place): void {
  if (!(position >= 0 && position < POSITION_END && index < INDEX_END))
    throw new RangeError(`entries cannot say record ${index} at position ${position}`);
}

function readPlace(entries: Buffer, at: number): Place {
  return { position: entries.readUIntBE(at, 6), index: entries.readUInt16BE(at + 6) };
}
