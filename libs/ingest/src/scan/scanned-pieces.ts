import { shardOfRecord } from '@odometer/domain';
import { encodeScanned, NO_TEXT } from '@odometer/event-store';
import type { ShardPiece } from '../intake/cut.js';
import type { IntakeLimits } from '../limits.js';
import type { ScannedBody } from './scanned-body.js';

type SegmentLimits = Pick<IntakeLimits, 'segmentRecords' | 'segmentBytes' | 'packedRecords'>;

/** Records of one shard, at most one segment of them. */
interface Cut {
  readonly shard: number;
  readonly records: Int32Array;
  readonly bytes: number;
}

/**
 * Sorts the records of a body into their shards, and cuts what is more than a segment. A piece of many records is packed at once, as a segment of its
 * own; few records wait for others to share a segment with.
 */
export function piecesOf(
  scanned: ScannedBody,
  shards: number,
  limits: SegmentLimits,
): readonly ShardPiece[] {
  return cutScanned(scanned, shards, limits).map(({ shard, records, bytes }) => ({
    shard,
    bytes,
    content:
      records.length < limits.packedRecords
        ? Array.from(records, (record) => scanned.recordAt(record))
        : { records: records.length, segment: encodeScanned(scanned, records) },
  }));
}

function cutScanned(scanned: ScannedBody, shards: number, limits: SegmentLimits): Cut[] {
  const { order, ends } = byShard(scanned, shards);
  const cuts: Cut[] = [];
  let from = 0;
  for (let shard = 0; shard < shards; shard += 1) {
    while (from < ends[shard]!) {
      const { to, bytes } = endOfCut(scanned, order.subarray(0, ends[shard]), from, limits);
      cuts.push({ shard, records: order.subarray(from, to), bytes });
      from = to;
    }
  }
  return cuts;
}

/** How far a segment goes that begins at `from`: over one record at least. */
function endOfCut(
  { bytes: bytesOf }: ScannedBody,
  order: Int32Array,
  from: number,
  limits: SegmentLimits,
): { readonly to: number; readonly bytes: number } {
  let to = from;
  let bytes = 0;
  while (to < order.length && to - from < limits.segmentRecords) {
    const own = bytesOf[order[to]!]!;
    if (to > from && bytes + own > limits.segmentBytes) break;
    bytes += own;
    to += 1;
  }
  return { to, bytes };
}

/** The records shard by shard, each shard's in their order, and where each shard ends. */
function byShard(
  scanned: ScannedBody,
  shards: number,
): { readonly order: Int32Array; readonly ends: Int32Array } {
  const shardOf = shardsOf(scanned, shards);
  const next = new Int32Array(shards + 1);
  for (let record = 0; record < shardOf.length; record += 1) next[shardOf[record]! + 1]! += 1;
  for (let shard = 0; shard < shards; shard += 1) next[shard + 1]! += next[shard]!;
  const order = new Int32Array(shardOf.length);
  for (let record = 0; record < shardOf.length; record += 1) {
    const shard = shardOf[record]!;
    order[next[shard]!] = record;
    next[shard]! += 1;
  }
  return { order, ends: next };
}

const UNKNOWN = -1;

/** The shard of each record; that of a customer is worked out once. */
function shardsOf(scanned: ScannedBody, shards: number): Int32Array {
  const { customers, subscriptions } = scanned;
  const known = new Int32Array(scanned.textCount).fill(UNKNOWN);
  const shardOf = new Int32Array(scanned.count);
  for (let record = 0; record < scanned.count; record += 1) {
    const customer = customers[record]!;
    if (customer === NO_TEXT) {
      const subscriptionId = scanned.idOf(subscriptions, record);
      shardOf[record] = shardOfRecord({ subscriptionId }, shards);
      continue;
    }
    if (known[customer] === UNKNOWN) {
      known[customer] = shardOfRecord({ customerId: scanned.textOf(customer) as string }, shards);
    }
    shardOf[record] = known[customer]!;
  }
  return shardOf;
}
