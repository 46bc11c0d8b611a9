import type { UsageRecord } from '@odometer/domain';
import type { IntakeLimits } from '../limits.js';
import { isPacked, recordsIn, type PieceContent } from './cut.js';
import type { Departures, Gathering } from './departures.js';

/** Hears what became of a piece: stored at a position, or not known to be. */
export interface Waiter {
  stored(position: number): void;
  failed(error: unknown): void;
}

/** Records that arrived together for one lane, at most one segment of them. */
export interface Piece {
  readonly content: PieceContent;
  readonly bytes: number;
  readonly waiter: Waiter;
}

/** Stores one segment durably and answers its position. */
export type AppendSegment = (content: PieceContent) => Promise<number>;

interface LaneOptions {
  readonly append: AppendSegment;
  readonly limits: IntakeLimits;
  readonly departures: Departures;
  /** Called when nothing waits and nothing is being appended. */
  readonly onIdle: () => void;
}

/**
 * The way into one usage stream: arrivals gather until the next departure, and a full segment does not wait for one. So a single record is stored
 * at once on a quiet server, and hundreds of them share an append on a busy one.
 */
export class Lane implements Gathering {
  private pending: Piece[] = [];
  private pendingRecords = 0;
  private pendingBytes = 0;
  private pendingPacked = 0;
  private appending = 0;

  constructor(private readonly options: LaneOptions) {}

  add(piece: Piece): void {
    this.pending.push(piece);
    this.pendingRecords += recordsIn(piece.content);
    this.pendingBytes += piece.bytes;
    if (isPacked(piece.content)) this.pendingPacked += 1;
    this.options.departures.came(this);
    this.appendFull();
  }

  depart(onSettled: () => void): boolean {
    if (this.pending.length === 0 || this.isFull()) return false;
    this.appendNext(onSettled);
    return true;
  }

  /** Whether the next segment has nothing to wait for. */
  private isFull(): boolean {
    const { segmentRecords, segmentBytes } = this.options.limits;
    if (this.pendingPacked > 0) return true;
    return this.pendingRecords >= segmentRecords || this.pendingBytes >= segmentBytes;
  }

  private appendFull(): void {
    while (this.isFull() && this.appending < this.options.limits.laneAppends) {
      this.appendNext(() => {
        if (this.pending.length > 0) this.options.departures.gather(this);
      });
    }
  }

  private appendNext(onSettled: () => void): void {
    const pieces = this.takeSegment();
    const content = pieces.length === 1 && pieces[0] ? pieces[0].content : recordsOf(pieces);
    this.appending += 1;
    const settle = (tell: (waiter: Waiter) => void): void => {
      this.appending -= 1;
      this.appendFull();
      onSettled();
      this.tell(pieces, tell);
      if (this.appending === 0 && this.pending.length === 0) this.options.onIdle();
    };
    this.options.append(content).then(
      (position) => settle((waiter) => waiter.stored(position)),
      (error: unknown) => settle((waiter) => waiter.failed(error)),
    );
  }

  /** While the log is at work on others: the answers can be written meanwhile, but not before these are on their way. */
  private tell(pieces: readonly Piece[], tell: (waiter: Waiter) => void): void {
    const tellAll = (): void => {
      for (const { waiter } of pieces) tell(waiter);
    };
    if (this.options.departures.busy) setImmediate(tellAll);
    else tellAll();
  }

  /** The pieces of the next segment, in the order of their arrival: a packed one alone, or others as far as they fit. */
  private takeSegment(): Piece[] {
    const count = this.segmentLength();
    const pieces = this.pending.splice(0, count);
    this.options.departures.went(count);
    for (const { content, bytes } of pieces) {
      this.pendingRecords -= recordsIn(content);
      this.pendingBytes -= bytes;
      if (isPacked(content)) this.pendingPacked -= 1;
    }
    return pieces;
  }

  private segmentLength(): number {
    const { segmentRecords, segmentBytes } = this.options.limits;
    let records = 0;
    let bytes = 0;
    for (const [at, piece] of this.pending.entries()) {
      records += recordsIn(piece.content);
      bytes += piece.bytes;
      const fits = records <= segmentRecords && bytes <= segmentBytes;
      if (isPacked(piece.content) || !fits) return Math.max(at, 1);
    }
    return this.pending.length;
  }
}

function recordsOf(pieces: readonly Piece[]): UsageRecord[] {
  const records: UsageRecord[] = [];
  for (const { content } of pieces) {
    if (isPacked(content)) throw new Error('a packed piece shares a segment with others');
    for (const record of content) records.push(record);
  }
  return records;
}
