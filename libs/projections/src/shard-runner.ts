import type { LogPage } from '@odometer/event-store';
import { applyBatch, ApplyFault, skipTo, type BatchTarget } from './apply-batch.js';
import { Caution } from './caution.js';
import { FaultSearch } from './fault-search.js';
import { backOffMs, isLeaseLost, pause } from './faults.js';
import { writeFault } from './ledger.js';
import type { Slot } from './lease-plan.js';
import type { ProjectionLimits } from './limits.js';
import type { LogSource } from './log-tail.js';
import type { Projection, ProjectionHandler } from './projection.js';
import { Pages, type Pending } from './pages.js';
import { Progress } from './progress.js';
import { counted, type Taken } from './taken.js';
import { Pieces } from './transactions.js';

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

/**
 * Works on one leased shard: fetches the next page while it applies the current one, several of them in a transaction while it is behind. It ends by itself
 * when the lease is lost or an event cannot be applied, and is repeated, with a new handler, after anything transient.
 */
export class ShardRunner {
  private readonly stopping = new AbortController();
  private readonly progress: Progress;
  private readonly caution = new Caution();
  private readonly search = new FaultSearch();
  private arrivedBefore = false;
  private failing: Taken = { events: 0, last: undefined };
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
        this.caution.takeLess();
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
    const { source, limits, now } = this.options;
    const fetch = (after: number): Pending => this.fetch(after);
    const pages = new Pages({ fetch, mustRead: (after) => source.mustRead(after) });
    for (;;) {
      const page = await this.arrived(pages.after(this.progress.seen));
      if (page === null) break;
      pages.take(page);
      const startedAt = now();
      if (!(await this.applyFrom(page, pages, worked))) break;
      if (this.progress.ahead >= limits.idlePositions) await this.store();
      await this.tellArrival(!pages.areBehind);
      if (!pages.areBehind && page.events.length > 0) await this.rest(now() - startedAt);
    }
    await this.store();
  }

  /** Once each time that it comes there, not with every page at the end. */
  private async tellArrival(atEnd: boolean): Promise<void> {
    if (atEnd) this.caution.relax();
    const news = atEnd && !this.arrivedBefore && this.slot.target === 'next';
    this.arrivedBefore = atEnd;
    if (!news) return;
    await this.store();
    this.options.onArrived();
  }

  /** Applies a page, and those behind it that have to be read. False when it was told to stop before the end of them. */
  private async applyFrom(first: LogPage, pages: Pages, worked: () => void): Promise<boolean> {
    const { signal } = this.stopping;
    const pieces = new Pieces(first, () => pages.more(), signal);
    while (pieces.areLeft) {
      await this.apply(pieces);
      worked();
    }
    if (signal.aborted) return false;
    this.pass(pages.position);
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
    const limit = Math.min(limits.batchEvents, this.search.readMax);
    const pending = source.next({ after, filter, limit }, signal);
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

  private async apply(pieces: Pieces): Promise<void> {
    const { target, limits, now, onApplied } = this.options;
    const startedAt = now();
    const taken: Taken = { events: 0, last: undefined };
    const transaction = pieces.transaction({
      piece: { bytes: this.caution.bytesOf(limits.batchBytes) },
      bytes: this.caution.bytesOf(limits.behindBytes),
      events: this.search.eventsMax,
      endsAt: startedAt + limits.behindMs,
      now,
    });
    let to: number;
    try {
      const from = this.progress.stored;
      to = await applyBatch(target, this.handler, { from, pieces: counted(transaction, taken) });
    } catch (error) {
      if (error instanceof ApplyFault) this.failing = taken;
      throw error;
    }
    this.search.succeeded(taken.events);
    this.progress.store(to);
    this.pass(to);
    const durationMs = now() - startedAt;
    onApplied(this.slot, { events: taken.events, position: to, durationMs });
  }

  private pass(position: number): void {
    if (this.progress.see(position)) this.options.onMoved();
  }

  private async store(): Promise<void> {
    const { ahead, stored: from, seen: to } = this.progress;
    if (ahead === 0) return;
    await skipTo(this.options.target.pool, this.slot, { from, to });
    this.progress.store(to);
  }

  /**
   * Of a transaction that failed, less is tried again, until all before the bad event are applied and the fault names it. True when the shard has stopped.
   */
  private async stopFor(error: ApplyFault): Promise<boolean> {
    const { events, last } = this.failing;
    if (!this.search.failed(events)) return false;
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
