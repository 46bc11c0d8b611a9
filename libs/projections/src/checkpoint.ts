import { skipTo } from './apply-batch.js';
import type { Slot } from './lease-plan.js';
import { Progress } from './progress.js';
import type { RunnerOptions } from './runner-options.js';

/** The checkpoint of a leased shard. What was only seen behind it is stored when it gets far, or old. */
export class Checkpoint {
  private readonly progress: Progress;

  constructor(
    private readonly slot: Slot,
    private readonly options: Pick<RunnerOptions, 'target' | 'limits' | 'now' | 'onMoved'>,
  ) {
    this.progress = new Progress(slot.position, options.now);
  }

  /** See `Progress.stored`. */
  get stored(): number {
    return this.progress.stored;
  }

  /** See `Progress.seen`. */
  get seen(): number {
    return this.progress.seen;
  }

  /** A transaction has moved it to here. */
  moved(to: number): void {
    this.progress.store(to);
    this.pass(to);
  }

  /** Nothing up to here concerned the shard. */
  pass(position: number): void {
    if (this.progress.see(position)) this.options.onMoved();
  }

  /** Stores what was seen. */
  async store(): Promise<void> {
    const { ahead, stored: from, seen: to } = this.progress;
    if (ahead === 0) return;
    await skipTo(this.options.target.pool, this.slot, { from, to });
    this.progress.store(to);
  }

  async storeIfFar(): Promise<void> {
    if (this.progress.ahead >= this.options.limits.idlePositions) await this.store();
  }

  /** Waits for something, and stores meanwhile what gets old. */
  async storeUntil<Result extends object | null>(pending: Promise<Result>): Promise<Result> {
    while (this.progress.ahead > 0) {
      const left = this.idleMs - this.progress.aheadMs;
      let timer: NodeJS.Timeout | undefined;
      const old = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), Math.max(left, 0));
      });
      const result = await Promise.race([pending, old]);
      clearTimeout(timer);
      if (result !== undefined) return result;
      await this.store();
    }
    return pending;
  }

  /** After an error the outcome of the last commit may be unknown: the table knows. */
  async reread(): Promise<void> {
    const { name, generation, shard, epoch } = this.slot;
    const { rows } = await this.options.target.pool.query<{ position: string }>(
      `SELECT position FROM odometer.projection_shards WHERE name = $1 AND generation = $2 AND shard = $3 AND epoch = $4`,
      [name, generation, shard, epoch],
    );
    this.progress.reset(Number(rows[0]?.position ?? this.progress.stored));
  }

  private get idleMs(): number {
    const { idleMs, idleMsRebuilt } = this.options.limits;
    return this.slot.target === 'live' ? idleMs : Math.min(idleMs, idleMsRebuilt);
  }
}
