import { applyBatch, ApplyFault } from './apply-batch.js';
import { Caution } from './caution.js';
import type { Checkpoint } from './checkpoint.js';
import { FaultSearch } from './fault-search.js';
import type { Slot } from './lease-plan.js';
import type { ProjectionHandler } from './projection.js';
import type { RunnerOptions } from './runner-options.js';
import { counted, type Taken } from './taken.js';
import type { Pieces } from './transactions.js';

/** An event that cannot be applied, and why. */
export interface Culprit {
  readonly text: string;
  readonly position: number;
}

/** Applies to a shard what was read, a transaction at a time, each as large as limits and what went wrong before allow. */
export class ShardTransactions {
  private readonly caution = new Caution();
  private readonly search = new FaultSearch();
  private failing: Taken = { events: 0, last: undefined };
  private handler: ProjectionHandler;

  constructor(
    private readonly slot: Slot,
    private readonly options: RunnerOptions,
    private readonly checkpoint: Checkpoint,
  ) {
    this.handler = this.newHandler();
  }

  /** Events that are worth reading at a time. */
  get readMax(): number {
    return Math.min(this.options.limits.batchEvents, this.search.readMax);
  }

  async apply(pieces: Pieces): Promise<void> {
    const { target, now, onApplied } = this.options;
    const startedAt = now();
    const taken: Taken = { events: 0, last: undefined };
    const transaction = pieces.transaction(this.limitsFrom(startedAt));
    let to: number;
    try {
      const from = this.checkpoint.stored;
      to = await applyBatch(target, this.handler, { from, pieces: counted(transaction, taken) });
    } catch (error) {
      if (error instanceof ApplyFault) this.failing = taken;
      throw error;
    }
    this.search.succeeded(taken.events);
    this.checkpoint.moved(to);
    const durationMs = now() - startedAt;
    onApplied(this.slot, { events: taken.events, position: to, durationMs });
  }

  /** Who is to blame for the last fault. Null when that has to be found out: less is applied then at a time, with a new handler. */
  culpritOf(error: ApplyFault): Culprit | null {
    const { events, last } = this.failing;
    if (!this.search.failed(events)) return null;
    const position = last?.position ?? this.checkpoint.stored;
    return { text: `${last?.type ?? 'event'} at ${position}: ${error.message}`, position };
  }

  /** What was tried took too long, perhaps. */
  takeLess(): void {
    this.caution.takeLess();
  }

  /** The shard has come to the end of the log. */
  relax(): void {
    this.caution.relax();
  }

  /** After a rollback: what a handler remembers is not in the tables. */
  renewHandler(): void {
    this.handler = this.newHandler();
  }

  private newHandler(): ProjectionHandler {
    const { projection, target } = this.options;
    const { shard } = this.slot;
    return projection.handler({ schema: target.schema, shard, shards: projection.shards });
  }

  private limitsFrom(startedAt: number): Parameters<Pieces['transaction']>[0] {
    const { limits, now } = this.options;
    return {
      piece: { bytes: this.caution.bytesOf(limits.batchBytes) },
      bytes: this.caution.bytesOf(limits.behindBytes),
      events: this.search.eventsMax,
      endsAt: startedAt + limits.behindMs,
      now,
    };
  }
}
