import { ApplyFault } from './apply-batch.js';
import { Checkpoint } from './checkpoint.js';
import { backOffMs, isLeaseLost, pause } from './faults.js';
import type { Slot } from './lease-plan.js';
import { writeFault } from './ledger.js';
import { LogFollower } from './log-follower.js';
import type { RunnerOptions } from './runner-options.js';
import { ShardTransactions, type Culprit } from './shard-transactions.js';

/**
 * Works on one leased shard until it is stopped. It ends by itself when the lease is lost or an event cannot be applied, and begins anew at the stored
 * checkpoint, with a new handler, after anything transient.
 */
export class ShardRunner {
  private readonly stopping = new AbortController();
  private readonly checkpoint: Checkpoint;
  private readonly transactions: ShardTransactions;
  private readonly follower: LogFollower;
  private running: Promise<void> | null = null;

  constructor(
    readonly slot: Slot,
    private readonly options: RunnerOptions,
  ) {
    this.checkpoint = new Checkpoint(slot, options);
    this.transactions = new ShardTransactions(slot, options, this.checkpoint);
    const { checkpoint, transactions } = this;
    const { signal } = this.stopping;
    this.follower = new LogFollower(slot, options, { checkpoint, transactions }, signal);
  }

  /** See `Progress.seen`. */
  get position(): number {
    return this.checkpoint.seen;
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
        await this.follower.follow(() => (attempt = 0));
      } catch (error) {
        if (isLeaseLost(error)) return this.options.onEnded(this.slot, { kind: 'lost' });
        if (error instanceof ApplyFault && (await this.stopFor(error))) return;
        attempt += 1;
        if (error instanceof ApplyFault) continue;
        this.transactions.takeLess();
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

  private async recover(): Promise<void> {
    await this.checkpoint.reread();
    this.transactions.renewHandler();
  }

  /** True when the shard has stopped. Of a transaction that failed, less is tried again, until all before the bad event are applied and the fault names it. */
  private async stopFor(error: ApplyFault): Promise<boolean> {
    const culprit = this.transactions.culpritOf(error);
    if (culprit === null) return false;
    await this.recordFault(culprit, error);
    return true;
  }

  /** Tried until the table has it, the lease is lost, or the process stops: then the next holder finds the fault again. */
  private async recordFault(culprit: Culprit, error: ApplyFault): Promise<void> {
    const { target, onEnded } = this.options;
    for (let attempt = 1; !this.stopping.signal.aborted; attempt += 1) {
      try {
        const mine = await writeFault(target.pool, this.slot, culprit);
        const { position } = culprit;
        return onEnded(this.slot, mine ? { kind: 'fault', error, position } : { kind: 'lost' });
      } catch (failure) {
        await this.backOff(failure, attempt);
      }
    }
  }
}
