import { shardOfRecord, type UsageRecord } from '@odometer/domain';
import type { IntakeLimits } from '../limits.js';

/** Valid records, and for each an upper bound of its bytes as JSON. */
export interface Batch {
  readonly records: readonly UsageRecord[];
  readonly bytes: readonly number[];
}

/** Records that were packed before; they make a segment of their own. */
export interface PackedRecords {
  readonly records: number;
  /** Never rejects without somebody looking: who appends it awaits it. */
  readonly segment: Promise<Uint8Array>;
}

/** What a segment is made of. */
export type PieceContent = readonly UsageRecord[] | PackedRecords;

export const isPacked = (content: PieceContent): content is PackedRecords => 'segment' in content;

/** How many records. */
export const recordsIn = (content: PieceContent): number =>
  isPacked(content) ? content.records : content.length;

/** Records of one shard, at most one segment of them. */
export interface ShardPiece {
  readonly shard: number;
  readonly content: PieceContent;
  readonly bytes: number;
}

interface OpenPiece {
  readonly shard: number;
  readonly content: UsageRecord[];
  bytes: number;
}

/** A piece that is not packed. */
export type RecordPiece = Readonly<OpenPiece>;

type SegmentLimits = Pick<IntakeLimits, 'segmentRecords' | 'segmentBytes'>;

/** Sorts a batch into its shards, and cuts what is more than a segment. Keeps the order within a shard. */
export function cut(batch: Batch, shards: number, limits: SegmentLimits): readonly RecordPiece[] {
  const pieces: OpenPiece[] = [];
  const open: (OpenPiece | undefined)[] = new Array<OpenPiece | undefined>(shards);
  batch.records.forEach((record, at) => {
    const shard = shardOfRecord(record, shards);
    const bytes = batch.bytes[at] ?? 0;
    let piece = open[shard];
    if (!piece || !hasRoom(piece, bytes, limits)) {
      piece = { shard, content: [], bytes: 0 };
      open[shard] = piece;
      pieces.push(piece);
    }
    piece.content.push(record);
    piece.bytes += bytes;
  });
  return pieces;
}

const hasRoom = (piece: OpenPiece, bytes: number, limits: SegmentLimits): boolean =>
  piece.content.length < limits.segmentRecords && piece.bytes + bytes <= limits.segmentBytes;
