import { shardOfRecord, type Instant } from '@odometer/domain';
import type { EventStore } from '@odometer/event-store';
import { BodyScanner } from '../scan/body-scanner.js';
import { piecesOf } from '../scan/scanned-pieces.js';
import { INTAKE_LIMITS, RETRY_AFTER_SECONDS, type IntakeLimits } from '../limits.js';
import type { ReadRecord } from '../record/read-record.js';
import { appendSegment, type Origin } from './append-segment.js';
import { cut, recordsIn, type Batch, type PieceContent, type ShardPiece } from './cut.js';
import { Departures } from './departures.js';
import { Lane, type Waiter } from './lane.js';
import { Lanes, type LaneOwner } from './lanes.js';
import { IntakeClosed, IntakeFull } from './outcome.js';
import { QueueBudget, type Load } from './queue-budget.js';
import { RecentRecords } from './recent-records.js';

export interface IntakeOptions {
  readonly store: EventStore;
  /** Usage streams of each tenant. Never change it for a log that has usage. */
  readonly shards: number;
  readonly now: () => Instant;
  readonly limits?: Partial<IntakeLimits>;
}

/** The record is durable. `duplicate`: it was known before, nothing was stored again. */
export interface AcceptedOne {
  readonly position: number;
  readonly status: 'accepted' | 'duplicate';
}

/** All the records are durable. */
export interface AcceptedBatch {
  readonly accepted: number;
  /** Of the last segment that holds any of them. */
  readonly position: number;
}

export interface IntakeStats {
  readonly queuedRecords: number;
  readonly queuedBytes: number;
  /** Since the start: records made durable, records known already, segments, requests turned away, appends tried again. */
  readonly storedRecords: number;
  readonly duplicateRecords: number;
  readonly segments: number;
  readonly refusals: number;
  readonly retries: number;
}

/**
 * Takes valid usage in and answers when it is durable. Throws IntakeFull, IntakeClosed and OutcomeUnknown. A batch spreads over
 * shards and is several appends, so after OutcomeUnknown some of it may be stored; sending it again is safe.
 */
export interface Intake {
  acceptOne(origin: Origin, read: ReadRecord): Promise<AcceptedOne>;
  acceptBatch(origin: Origin, batch: Batch): Promise<AcceptedBatch>;
  /**
   * The batch that the bytes of a body make, in pieces as they came, as it is sent to `POST /v1/events/batch`. Undefined for a body that is not ordinary (see `BodyScanner`):
   * then nothing has happened, and `readBatch` says what it holds or what is wrong with it.
   */
  acceptBody(
    origin: Origin,
    chunks: readonly Buffer[],
    receivedAt: Instant,
  ): Promise<AcceptedBatch> | undefined;
  /** Takes nothing more in, and resolves when all that was taken in is stored or has failed. */
  drain(): Promise<void>;
  stats(): IntakeStats;
}

export function createIntake(options: IntakeOptions): Intake {
  return new GatheringIntake(options, { ...INTAKE_LIMITS, ...options.limits });
}

class GatheringIntake implements Intake {
  private readonly lanes: Lanes;
  private readonly budget: QueueBudget;
  private readonly recent: RecentRecords;
  private readonly counts = {
    storedRecords: 0,
    duplicateRecords: 0,
    segments: 0,
    refusals: 0,
    retries: 0,
  };
  private readonly scanner = new BodyScanner();
  private closed = false;
  private whenEmpty: (() => void)[] = [];

  constructor(
    private readonly options: IntakeOptions,
    private readonly limits: IntakeLimits,
  ) {
    this.budget = new QueueBudget(limits);
    this.recent = new RecentRecords(limits);
    const departures = new Departures(limits.lingerMs);
    this.lanes = new Lanes((owner, onIdle) => {
      const append = (content: PieceContent): Promise<number> => this.append(owner, content);
      return new Lane({ append, limits, departures, onIdle });
    });
  }

  acceptOne(origin: Origin, read: ReadRecord): Promise<AcceptedOne> {
    const { record, bytes } = read;
    const known = this.recent.find(origin.tenant, record);
    if (known !== undefined) {
      this.counts.duplicateRecords += 1;
      return Promise.resolve({ position: known, status: 'duplicate' });
    }
    return new Promise((resolve, reject) => {
      const load = this.enter(origin.tenant, { records: 1, bytes });
      const waiter: Waiter = {
        stored: (position) => {
          this.leave(origin.tenant, load);
          this.recent.remember(origin.tenant, read, position);
          resolve({ position, status: 'accepted' });
        },
        failed: (error) => {
          this.leave(origin.tenant, load);
          reject(asError(error));
        },
      };
      const shard = shardOfRecord(record, this.options.shards);
      this.lanes.of(origin, shard).add({ content: [record], bytes, waiter });
    });
  }

  acceptBatch(origin: Origin, batch: Batch): Promise<AcceptedBatch> {
    const bytes = batch.bytes.reduce((sum, size) => sum + size, 0);
    const load = { records: batch.records.length, bytes };
    return this.accept(origin, load, () => cut(batch, this.options.shards, this.limits));
  }

  acceptBody(
    origin: Origin,
    chunks: readonly Buffer[],
    receivedAt: Instant,
  ): Promise<AcceptedBatch> | undefined {
    const scanned = this.scanner.scan(chunks, receivedAt);
    if (scanned === undefined) return undefined;
    const load = { records: scanned.count, bytes: scanned.bodyBytes };
    return this.accept(origin, load, () => piecesOf(scanned, this.options.shards, this.limits));
  }

  /** Makes the pieces only when there is room for them. */
  private accept(
    origin: Origin,
    { records: accepted, bytes }: Load,
    cutUp: () => readonly ShardPiece[],
  ): Promise<AcceptedBatch> {
    if (accepted === 0) return Promise.resolve({ accepted, position: 0 });
    return new Promise((resolve, reject) => {
      const load = this.enter(origin.tenant, { records: accepted, bytes });
      const pieces = cutUp();
      const waiter = new Countdown(pieces.length, (error, position) => {
        this.leave(origin.tenant, load);
        if (error === undefined) resolve({ accepted, position });
        else reject(asError(error));
      });
      for (const { shard, ...piece } of pieces)
        this.lanes.of(origin, shard).add({ ...piece, waiter });
    });
  }

  drain(): Promise<void> {
    this.closed = true;
    if (this.budget.load.records === 0) return Promise.resolve();
    return new Promise((resolve) => this.whenEmpty.push(resolve));
  }

  stats(): IntakeStats {
    const { records, bytes } = this.budget.load;
    return { queuedRecords: records, queuedBytes: bytes, ...this.counts };
  }

  private enter(tenant: string, load: Load): Load {
    if (this.closed) throw new IntakeClosed();
    if (!this.budget.take(tenant, load)) {
      this.counts.refusals += 1;
      throw new IntakeFull(RETRY_AFTER_SECONDS);
    }
    return load;
  }

  private leave(tenant: string, load: Load): void {
    this.budget.release(tenant, load);
    if (this.budget.load.records > 0) return;
    for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  private async append(owner: LaneOwner, content: PieceContent): Promise<number> {
    const { store, now } = this.options;
    const onRetry = (): void => {
      this.counts.retries += 1;
    };
    const position = await appendSegment(
      { store, now, limits: this.limits, onRetry },
      owner,
      content,
    );
    this.counts.segments += 1;
    this.counts.storedRecords += recordsIn(content);
    return position;
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/** Waits for all pieces of a batch, also after one has failed: only then is nothing of it under way any more. */
class Countdown implements Waiter {
  private position = 0;
  private error: unknown;

  constructor(
    private open: number,
    private readonly done: (error: unknown, position: number) => void,
  ) {}

  stored(position: number): void {
    this.position = Math.max(this.position, position);
    this.next();
  }

  failed(error: unknown): void {
    this.error ??= error;
    this.next();
  }

  private next(): void {
    this.open -= 1;
    if (this.open === 0) this.done(this.error, this.position);
  }
}
