import type { LogPage } from '@odometer/event-store';
import { applyBatch, ApplyFault, skipTo, type Batch, type BatchTarget } from './apply-batch.js';
import { backOffMs, isLeaseLost, pause } from './faults.js';
import { writeFault } from './ledger.js';
import type { Slot } from './lease-plan.js';
import type { ProjectionLimits } from './limits.js';
import type { LogSource } from './log-tail.js';
import type { Projection, ProjectionHandler } from './projection.js';
import { Progress } from './progress.js';
import { transactionsOf } from './transactions.js';

export interface AppliedBatch {
  readonly events: number;
  readonly position: number;
  readonly durationMs: number;
}

export interface RunnerOptions {
  readonly target: BatchTarget;
  readonly source: LogSource;
  readonly projection: Projection;
  readonly limits: ProjectionLimits;
  readonly now: () => number;
  readonly onMoved: () => void;
  readonly onApplied: (slot: Slot, batch: AppliedBatch) => void;
  readonly onRetry: (slot: Slot, error: unknown, attempt: number, delayMs: number) => void;
  /** A rebuilt shard has come to the end of the log, and has stored it: a swap may be possible now. */
  readonly onArrived: () => void;
  readonly onEnded: (slot: Slot, ending: RunnerEnding) => void;
}

/** Why a runner ended by itself. */
export type RunnerEnding =
  | { readonly kind: 'lost' }
  | { readonly kind: 'fault'; readonly error: ApplyFault; readonly position: number };

/** A page that is being fetched; `settled` is there to be awaited without consuming it. */
type Pending = Promise<LogPage | null>;

/**
 * Works on one leased shard: fetches the next page while it applies the current one, a transaction per batch. It ends by itself
 * when the lease is lost or an event cannot be applied, and is repeated, with a new handler, after anything transient.
 */
export class ShardRunner {
  private readonly stopping = new AbortController();
  private readonly progress: Progress;
  private singleUntil = 0;
  /** How often the bytes of a transaction were halved since it was at the end of the log. */
  private halvings = 0;
  private arrivedBefore = false;
  private failing: Batch | null = null;
  private handler: ProjectionHandler;
  private running: Promise<void> | null = null;

  constructor(
    readonly slot: Slot,
    private readonly options: RunnerOptions,
  ) {
    this.progress = new Progress(slot.position, options.now);
    this.handler = this.newHandler();
  }

  /** See `Progress.seen`. */
  get position(): number {
    return this.progress.seen;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Waits for the running transaction. The lease is still held afterwards. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let attempt = 0;
    while (!signal.aborted) {
      try {
        if (attempt > 0) await this.recover();
        await this.follow(() => (attempt = 0));
      } catch (error) {
        if (isLeaseLost(error)) return this.options.onEnded(this.slot, { kind: 'lost' });
        if (error instanceof ApplyFault && (await this.stopFor(error))) return;
        attempt += 1;
        if (error instanceof ApplyFault) continue;
        // What took too long for the database's time limit would do so again.
        this.halvings += 1;
        await this.backOff(error, attempt);
      }
    }
  }

  private async backOff(error: unknown, attempt: number): Promise<void> {
    const { retryMsMin, retryMsMax } = this.options.limits;
    const delayMs = backOffMs(attempt, retryMsMin, retryMsMax);
    this.options.onRetry(this.slot, error, attempt, delayMs);
    await pause(delayMs, this.stopping.signal);
  }

  /** After an error the outcome of the last commit may be unknown: the table knows. */
  private async recover(): Promise<void> {
    const { name, generation, shard, epoch } = this.slot;
    const { rows } = await this.options.target.pool.query<{ position: string }>(
      `SELECT position FROM odometer.projection_shards WHERE name = $1 AND generation = $2 AND shard = $3 AND epoch = $4`,
      [name, generation, shard, epoch],
    );
    this.progress.reset(Number(rows[0]?.position ?? this.progress.stored));
    this.handler = this.newHandler();
  }

  private newHandler(): ProjectionHandler {
    const { projection, target } = this.options;
    const { shard } = this.slot;
    return projection.handler({ schema: target.schema, shard, shards: projection.shards });
  }

  private async follow(worked: () => void): Promise<void> {
    let pending = this.fetch(this.progress.seen);
    for (;;) {
      const page = await this.arrived(pending);
      if (page === null) break;
      // Only what has to be read is fetched ahead. At the tail the next page is there at once, and the longer it is left, the more it holds.
      const ahead = this.options.source.mustRead(page.position) ? this.fetch(page.position) : null;
      const startedAt = this.options.now();
      if (!(await this.applyPage(page, worked))) break;
      if (this.progress.ahead >= this.options.limits.idlePositions) await this.store();
      await this.tellArrival(ahead === null);
      if (ahead === null && page.events.length > 0) await this.rest(this.options.now() - startedAt);
      pending = ahead ?? this.fetch(this.progress.seen);
    }
    await this.store();
  }

  /** Once each time that it comes there, not with every page at the end. */
  private async tellArrival(atEnd: boolean): Promise<void> {
    if (atEnd) this.halvings = 0;
    const news = atEnd && !this.arrivedBefore && this.slot.target === 'next';
    this.arrivedBefore = atEnd;
    if (!news) return;
    await this.store();
    this.options.onArrived();
  }

  /** False when it was told to stop before the end of the page. */
  private async applyPage(page: LogPage, worked: () => void): Promise<boolean> {
    const bytes = this.options.limits.batchBytes / 2 ** this.halvings;
    const limits = { bytes, singleUntil: this.singleUntil };
    for (const { events, to } of transactionsOf(page, limits)) {
      if (this.stopping.signal.aborted) return false;
      await this.apply({ events, from: this.progress.stored, to });
      worked();
    }
    if (this.stopping.signal.aborted) return false;
    this.pass(page.position);
    return true;
  }

  /**
   * At the tail a shard works half of the time at most: events that trickle in gather meanwhile and share a transaction, which costs much
   * the same for one as for hundreds.
   */
  private async rest(workedMs: number): Promise<void> {
    await pause(Math.min(workedMs, this.options.limits.restMsMax), this.stopping.signal);
  }

  private fetch(after: number): Pending {
    const { projection, limits, source } = this.options;
    const filter = projection.filter(this.slot.shard);
    const { signal } = this.stopping;
    const pending = source.next({ after, filter, limit: limits.batchEvents }, signal);
    // It is awaited after the batch before it; should that one fail, nobody will ask for this page any more.
    void Promise.allSettled([pending]);
    return pending;
  }

  /** Waits for the page. A position that was only seen is stored when it gets old meanwhile. */
  private async arrived(pending: Pending): Promise<LogPage | null> {
    while (this.progress.ahead > 0) {
      const left = this.idleMs - this.progress.aheadMs;
      let timer: NodeJS.Timeout | undefined;
      const old = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), Math.max(left, 0));
      });
      const page = await Promise.race([pending, old]);
      clearTimeout(timer);
      if (page !== undefined) return page;
      await this.store();
    }
    return pending;
  }

  private get idleMs(): number {
    const { idleMs, idleMsRebuilt } = this.options.limits;
    return this.slot.target === 'live' ? idleMs : Math.min(idleMs, idleMsRebuilt);
  }

  private async apply(batch: Batch): Promise<void> {
    const startedAt = this.options.now();
    try {
      await applyBatch(this.options.target, this.handler, batch);
    } catch (error) {
      if (error instanceof ApplyFault) this.failing = batch;
      throw error;
    }
    this.progress.store(batch.to);
    this.pass(batch.to);
    const durationMs = this.options.now() - startedAt;
    this.options.onApplied(this.slot, {
      events: batch.events.length,
      position: batch.to,
      durationMs,
    });
  }

  private pass(position: number): void {
    if (this.progress.see(position)) this.options.onMoved();
  }

  private async store(): Promise<void> {
    const { ahead, stored: from, seen: to } = this.progress;
    if (ahead === 0) return;
    await skipTo(this.options.target.pool, this.slot, { events: [], from, to });
    this.progress.store(to);
  }

  /**
   * A batch that failed is tried again event by event, so that all before the bad one are applied and the fault names it.
   * True when the shard has stopped.
   */
  private async stopFor(error: ApplyFault): Promise<boolean> {
    const events = this.failing?.events ?? [];
    const last = events.at(-1);
    if (last && events.length > 1) {
      this.singleUntil = last.position;
      return false;
    }
    const position = last?.position ?? this.progress.stored;
    const text = `${last?.type ?? 'event'} at ${position}: ${error.message}`;
    await this.recordFault({ text, position }, error);
    return true;
  }

  /** Tried until the table has it, the lease is lost, or the process stops: then the next holder finds the fault again. */
  private async recordFault(
    fault: { readonly text: string; readonly position: number },
    error: ApplyFault,
  ): Promise<void> {
    const { target, onEnded } = this.options;
    for (let attempt = 1; !this.stopping.signal.aborted; attempt += 1) {
      try {
        const mine = await writeFault(target.pool, this.slot, fault);
        const { position } = fault;
        return onEnded(this.slot, mine ? { kind: 'fault', error, position } : { kind: 'lost' });
      } catch (failure) {
        await this.backOff(failure, attempt);
      }
    }
  }
}
