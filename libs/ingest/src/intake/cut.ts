import { shardOfRecord, type UsageRecord } from '@odometer/domain';
import type { IntakeLimits } from '../limits.js';

/** Valid records, and for each an upper bound of its bytes as JSON. */
export interface Batch {
  readonly records: readonly UsageRecord[];
  readonly bytes: readonly number[];
}

/** Records of one shard, at most one segment of them. */
export interface ShardPiece {
  readonly shard: number;
  readonly records: readonly UsageRecord[];
  readonly bytes: number;
}

interface OpenPiece {
  readonly shard: number;
  readonly records: UsageRecord[];
  bytes: number;
}

type SegmentLimits = Pick<IntakeLimits, 'segmentRecords' | 'segmentBytes'>;

/** Sorts a batch into its shards, and cuts what is more than a segment. Keeps the order within a shard. */
export function cut(batch: Batch, shards: number, limits: SegmentLimits): readonly ShardPiece[] {
  const pieces: OpenPiece[] = [];
  const open: (OpenPiece | undefined)[] = new Array<OpenPiece | undefined>(shards);
  batch.records.forEach((record, at) => {
    const shard = shardOfRecord(record, shards);
    const bytes = batch.bytes[at] ?? 0;
    let piece = open[shard];
    if (!piece || !hasRoom(piece, bytes, limits)) {
      piece = { shard, records: [], bytes: 0 };
      open[shard] = piece;
      pieces.push(piece);
    }
    piece.records.push(record);
    piece.bytes += bytes;
  });
  return pieces;
}

const hasRoom = (piece: OpenPiece, bytes: number, limits: SegmentLimits): boolean =>
  piece.records.length < limits.segmentRecords && piece.bytes + bytes <= limits.segmentBytes;
