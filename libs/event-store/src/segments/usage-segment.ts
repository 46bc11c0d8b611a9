import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync } from 'node:zlib';
import type { JsonObject, UsageRecord } from '@odometer/domain';

export const USAGE_RECORDED = 'UsageRecorded';
export const USAGE_SEGMENT_VERSION = 1;

/** What one `UsageRecorded` event holds: up to about 1,000 records that arrived together. */
export interface UsageSegment {
  readonly records: readonly UsageRecord[];
}

const deflate = promisify(deflateRaw);

/** Timestamps are never negative, so a negative one (−1 − t) says that t was assigned on arrival. */
type Row = [string, string, string | 0, string | 0, string | 0, number, (JsonObject | 0)?];

/**
 * Segments that this process has encoded or decoded lately, by their bytes. The projector of the process that took a segment in
 * then needs no decompression and no parsing. Weak: it lives as long as the bytes do.
 */
const decoded = new WeakMap<Uint8Array, UsageSegment>();

/** Packs records into the bytes of an event: rows as JSON arrays, deflated. Compression runs off the main thread. */
export async function encodeSegment(segment: UsageSegment): Promise<Uint8Array> {
  const rows = segment.records.map(toRow);
  const bytes = await deflate(Buffer.from(JSON.stringify(rows)), { level: 1 });
  decoded.set(bytes, segment);
  return bytes;
}

/** Unpacks what `encodeSegment` packed. Throws on damaged bytes. */
export function decodeSegment(bytes: Uint8Array): UsageSegment {
  const known = decoded.get(bytes);
  if (known) return known;
  const rows = JSON.parse(inflateRawSync(bytes).toString('utf8')) as Row[];
  const segment = { records: rows.map(fromRow) };
  decoded.set(bytes, segment);
  return segment;
}

function toRow(record: UsageRecord): Row {
  return [
    record.transactionId,
    record.code,
    record.customerId ?? 0,
    record.subscriptionId ?? 0,
    record.entityId ?? 0,
    record.timestampAssigned ? -1 - record.timestamp : record.timestamp,
    record.properties ?? 0,
  ];
}

function fromRow(row: Row): UsageRecord {
  return {
    transactionId: row[0],
    code: row[1],
    customerId: row[2] === 0 ? undefined : row[2],
    subscriptionId: row[3] === 0 ? undefined : row[3],
    entityId: row[4] === 0 ? undefined : row[4],
    timestamp: row[5] < 0 ? -1 - row[5] : row[5],
    timestampAssigned: row[5] < 0 ? true : undefined,
    properties: row[6] === 0 ? undefined : row[6],
  };
}
