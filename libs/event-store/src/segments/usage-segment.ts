import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { UsageRecord } from '@odometer/domain';
import { packRecords, unpackRecords, type PackedRecords } from './pack-records.js';

export const USAGE_RECORDED = 'UsageRecorded';
export const USAGE_SEGMENT_VERSION = 1;

/** What one `UsageRecorded` event holds: up to about 1,000 records that arrived together. */
export interface UsageSegment {
  readonly records: readonly UsageRecord[];
}

const deflate = promisify(deflateRaw);

/** The fastest level: the next ones take a third longer for a few per cent less. The chunk takes a whole segment in one go. */
const DEFLATE = { level: constants.Z_BEST_SPEED, memLevel: 9, chunkSize: 64 * 1024 };

/**
 * Segments of fewer bytes are stored as they are: setting deflate up costs more than a few hundred bytes are worth. The mark is a block
 * type that deflate reserves, so no compressed segment starts with it.
 */
const PLAIN_BYTES_MAX = 2_048;
const PLAIN_MARK = 0x06;

/** Below this the way to another thread and back takes longer than compressing, and a smaller window does as well for a fraction of the set-up. */
const SMALL_BYTES_MAX = 12 * 1_024;
const SMALL = { level: constants.Z_BEST_SPEED, windowBits: 13, memLevel: 6, chunkSize: 8 * 1_024 };
const INFLATE = { chunkSize: 256 * 1024 };

/**
 * Segments that this process has encoded or decoded lately, by their bytes. The projector of the process that took a segment in
 * then needs no decompression and no parsing. Weak: it lives as long as the bytes do.
 */
const decoded = new WeakMap<Uint8Array, UsageSegment>();

/**
 * Packs records into the bytes of an event: packed rows as JSON, deflated unless they are few. Compression of more than a little runs off
 * the main thread.
 */
export async function encodeSegment(segment: UsageSegment): Promise<Uint8Array> {
  const packed = JSON.stringify(packRecords(segment.records));
  const bytes = encoded(packed);
  const encodedBytes = bytes instanceof Promise ? await bytes : bytes;
  decoded.set(encodedBytes, segment);
  return encodedBytes;
}

function encoded(packed: string): Uint8Array | Promise<Uint8Array> {
  if (packed.length < PLAIN_BYTES_MAX) return plain(packed);
  const bytes = Buffer.from(packed);
  return packed.length < SMALL_BYTES_MAX ? deflateRawSync(bytes, SMALL) : deflate(bytes, DEFLATE);
}

/** Unpacks what `encodeSegment` packed. Throws on damaged bytes. */
export function decodeSegment(bytes: Uint8Array): UsageSegment {
  const known = decoded.get(bytes);
  if (known) return known;
  const packed = JSON.parse(textOf(bytes)) as PackedRecords;
  const segment = { records: unpackRecords(packed) };
  decoded.set(bytes, segment);
  return segment;
}

const plain = (packed: string): Uint8Array =>
  Buffer.concat([Buffer.of(PLAIN_MARK), Buffer.from(packed)]);

const textOf = (bytes: Uint8Array): string =>
  bytes[0] === PLAIN_MARK
    ? Buffer.from(bytes.subarray(1)).toString('utf8')
    : inflateRawSync(bytes, INFLATE).toString('utf8');
