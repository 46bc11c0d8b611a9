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

const PLACE_AT = 16;

/**
 * Writes the identity entry of a record: SHA-256 of (tenant, subject, transaction id), cut to 128 bits so that nobody can make two
 * ids collide, then the place.
 */
export function writeIdentity(
  entries: Buffer,
  at: number,
  source: { tenant: string; record: IdentifiedRecord; place: Place },
): void {
  const { tenant, record, place } = source;
  const identity = `${tenant}\0${subjectOf(record)}\0${record.transactionId}`;
  const { amendedAt } = record;
  // An amendment must change the digest of what was counted. Ids contain no NUL, so this is no other record's identity.
  const text = amendedAt === undefined ? identity : `${identity}\0${amendedAt}`;
  writeBytes(entries, at, hash('sha256', text, 'binary'), PLACE_AT);
  writePlace(entries, at + PLACE_AT, place);
}

/** The first bytes of a text that holds one in each character. For so few, a call of `Buffer.write` costs more than the bytes. */
function writeBytes(entries: Buffer, at: number, text: string, count: number): void {
  for (let i = 0; i < count; i += 1) entries[at + i] = text.charCodeAt(i);
}

export const identityPlace = (entries: Buffer, at: number): Place =>
  readPlace(entries, at + PLACE_AT);

export const sameIdentity = (entries: Buffer, a: number, b: number): boolean =>
  entries.compare(entries, a, a + PLACE_AT, b, b + PLACE_AT) === 0;

/** First 8 bytes of the SHA-256 of (tenant, subject): two subjects in one bucket of it are told apart by the records themselves. */
export const subjectHash = (tenant: string, subject: string): string =>
  hash('sha256', `${tenant}\0${subject}`, 'binary').slice(0, 8);

export function writePosting(
  entries: Buffer,
  at: number,
  posting: { readonly subject: string; readonly timestamp: number; readonly place: Place },
): void {
  writeBytes(entries, at, posting.subject, 8);
  writeWide(entries, at + 8, posting.timestamp);
  writePlace(entries, at + 14, posting.place);
  entries.writeUInt16BE(0, at + 22);
}

/** The posting of a subject at a time and place; without a place the lowest possible one: the bound of a range. */
export function postingBound(
  subject: string,
  timestamp: number,
  place: Place = { position: 0, index: 0 },
): Buffer {
  const bound = Buffer.alloc(POSTING_RUNS.entryBytes);
  writePosting(bound, 0, { subject, timestamp, place });
  return bound;
}

export const postingPlace = (entries: Buffer, at: number): Place => readPlace(entries, at + 14);

export const postingTimestamp = (entries: Buffer, at: number): number =>
  entries.readUIntBE(at + 8, 6);

function writePlace(entries: Buffer, at: number, place: Place): void {
  writeWide(entries, at, place.position);
  entries.writeUInt16BE(place.index, at + 6);
}

/** Six bytes. In two parts: `writeUIntBE` does not know beforehand how many. Throws a RangeError on what does not fit. */
function writeWide(entries: Buffer, at: number, value: number): void {
  entries.writeUInt16BE(Math.floor(value / WORD_END), at);
  entries.writeUInt32BE(value % WORD_END, at + 2);
}

const WORD_END = 2 ** 32;

function readPlace(entries: Buffer, at: number): Place {
  return { position: entries.readUIntBE(at, 6), index: entries.readUInt16BE(at + 6) };
}
