import type { LogPage } from '@odometer/event-store';
import type { Checkpoint } from './checkpoint.js';
import { pause } from './faults.js';
import type { Slot } from './lease-plan.js';
import { Pages, type Pending } from './pages.js';
import type { RunnerOptions } from './runner-options.js';
import type { ShardTransactions } from './shard-transactions.js';
import { Pieces } from './transactions.js';

interface Followed {
  readonly checkpoint: Checkpoint;
  readonly transactions: ShardTransactions;
}

/** Follows the log for a shard: fetches the next page while the current one is applied, and rests where there is none. */
export class LogFollower {
  private arrivedBefore = false;

  constructor(
    private readonly slot: Slot,
    private readonly options: RunnerOptions,
    private readonly parts: Followed,
    private readonly signal: AbortSignal,
  ) {}

  /** From the checkpoint on until it is told to stop, or something goes wrong; `worked` is called after each transaction. */
  async follow(worked: () => void): Promise<void> {
    const { source, now } = this.options;
    const { checkpoint } = this.parts;
    const fetch = (after: number): Pending => this.fetch(after);
    const pages = new Pages({ fetch, mustRead: (after) => source.mustRead(after) });
    for (;;) {
      const page = await checkpoint.storeUntil(pages.after(checkpoint.seen));
      if (page === null) break;
      pages.take(page);
      const startedAt = now();
      if (!(await this.applyFrom(page, pages, worked))) break;
      await checkpoint.storeIfFar();
      await this.tellArrival(!pages.areBehind);
      if (!pages.areBehind && page.events.length > 0) await this.rest(now() - startedAt);
    }
    await checkpoint.store();
  }

  private fetch(after: number): Pending {
    const { projection, source } = this.options;
    const filter = projection.filter(this.slot.shard);
    const limit = this.parts.transactions.readMax;
    const pending = source.next({ after, filter, limit }, this.signal);
    // It is awaited after the batch before it; should that one fail, nobody will ask for this page any more.
    void Promise.allSettled([pending]);
    return pending;
  }

  /** Applies a page, and those behind it that have to be read. False when it was told to stop before the end of them. */
  private async applyFrom(first: LogPage, pages: Pages, worked: () => void): Promise<boolean> {
    const { checkpoint, transactions } = this.parts;
    const pieces = new Pieces(first, () => pages.more(), this.signal);
    while (pieces.areLeft) {
      await transactions.apply(pieces);
      worked();
    }
    if (this.signal.aborted) return false;
    checkpoint.pass(pages.position);
    return true;
  }

  /** Once each time that it comes there, not with every page at the end. */
  private async tellArrival(atEnd: boolean): Promise<void> {
    if (atEnd) this.parts.transactions.relax();
    const news = atEnd && !this.arrivedBefore && this.slot.target === 'next';
    this.arrivedBefore = atEnd;
    if (!news) return;
    await this.parts.checkpoint.store();
    this.options.onArrived();
  }

  /**
   * At the tail a shard works half of the time at most: events that trickle in gather meanwhile and share a transaction, which costs much
   * the same for one as for hundreds.
   */
  private async rest(workedMs: number): Promise<void> {
    await pause(Math.min(workedMs, this.options.limits.restMsMax), this.signal);
  }
}
