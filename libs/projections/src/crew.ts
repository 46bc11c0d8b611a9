import type pg from 'pg';
import type { HeldShard } from './elsewhere.js';
import type { ProjectionEngineOptions } from './engine-options.js';
import { backOffMs, pause } from './faults.js';
import { schemaFor } from './generations.js';
import { Lanes } from './lanes.js';
import { beat, readSlots, releaseLease, renewLeases, signOff, takeLease } from './ledger.js';
import { planLeases, slotKey, type Slot, type Worker } from './lease-plan.js';
import { RESERVED_CONNECTIONS, type ProjectionLimits } from './limits.js';
import type { LogSource } from './log-tail.js';
import type { Projection } from './projection.js';
import { Rebuilds } from './rebuilds.js';
import type { RunnerEnding } from './runner-options.js';
import { ShardRunner } from './shard-runner.js';

export interface CrewOptions {
  readonly engine: ProjectionEngineOptions;
  readonly limits: ProjectionLimits;
  readonly worker: Worker;
  readonly byName: ReadonlyMap<string, Projection>;
  readonly source: LogSource;
  readonly onMoved: () => void;
  /** A rebuild has been swapped in. */
  readonly onSwapped: (projection: { readonly name: string; readonly generation: number }) => void;
  readonly onRetry: (what: string, error: unknown, attempt: number, delayMs: number) => void;
}

/** The shards of this process: at every tick leases are renewed, lost ones dropped, free ones taken, surplus ones given back. */
export class Crew {
  private readonly runners = new Map<string, ShardRunner>();
  private readonly lanes: Lanes;
  private readonly pool: pg.Pool;
  private readonly stopping = new AbortController();
  private nap = new AbortController();
  private readonly rebuilds: Rebuilds;
  private ticking: Promise<void> = Promise.resolve();

  constructor(private readonly options: CrewOptions) {
    this.pool = options.engine.pool;
    this.lanes = new Lanes((this.pool.options.max ?? 10) - RESERVED_CONNECTIONS);
    const { limits, worker, engine, onSwapped, onRetry } = options;
    this.rebuilds = new Rebuilds({
      pool: this.pool,
      store: engine.store,
      worker,
      limits,
      now: engine.now,
      signal: this.stopping.signal,
      onSwapped,
      onRetry,
    });
  }

  /** The first tick is awaited, so that a start without a database fails. */
  async start(): Promise<void> {
    const first = this.tick();
    this.ticking = Promise.allSettled([first]).then(() => undefined);
    await first;
    if (!this.stopping.signal.aborted) this.ticking = this.loop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.poke();
    await this.ticking;
    await this.rebuilds.settled();
    const { onRetry, worker } = this.options;
    try {
      await Promise.all([...this.runners.values()].map((runner) => this.giveUp(runner)));
      await signOff(this.pool, worker.owner);
    } catch (error) {
      // The leases that could not be given back run out by themselves.
      onRetry('leases', error, 1, 0);
    }
  }

  /** Looks at the leases now instead of at the next tick. */
  poke(): void {
    this.nap.abort();
  }

  livePosition(name: string, shard: number): number | null {
    for (const { slot, position } of this.runners.values()) {
      if (slot.name === name && slot.shard === shard && slot.target === 'live') return position;
    }
    return null;
  }

  /** The live shards that this process works on. */
  held(): HeldShard[] {
    return [...this.runners.values()]
      .filter(({ slot }) => slot.target === 'live')
      .map(({ slot: { name, shard }, position }) => ({ name, shard, position }));
  }

  positionOf(slot: Slot): number | null {
    return this.runners.get(slotKey(slot))?.position ?? null;
  }

  private async loop(): Promise<void> {
    const { limits, onRetry } = this.options;
    let attempt = 0;
    let waitMs = this.tickMs;
    while (!this.stopping.signal.aborted) {
      await pause(waitMs, this.nap.signal);
      this.nap = new AbortController();
      if (this.stopping.signal.aborted) return;
      try {
        await this.tick();
        attempt = 0;
        waitMs = this.tickMs;
      } catch (error) {
        attempt += 1;
        waitMs = backOffMs(attempt, limits.retryMsMin, limits.tickMs);
        onRetry('leases', error, attempt, waitMs);
      }
    }
  }

  private get tickMs(): number {
    const { tickMs, rebuildTickMs } = this.options.limits;
    return this.rebuilds.underWay ? Math.min(tickMs, rebuildTickMs) : tickMs;
  }

  private async tick(): Promise<void> {
    const { limits, worker } = this.options;
    const workers = await beat(this.pool, worker, limits.leaseMs);
    await renewLeases(this.pool, worker.owner, limits.leaseMs);
    const slots = await readSlots(this.pool);
    await this.dropLost(slots);
    const plan = planLeases(slots, workers, worker.owner);
    for (const slot of plan.release) await this.release(slot);
    let lost = false;
    for (const slot of plan.take) lost = !(await this.take(slot)) || lost;
    // Another process was faster: what it left is seen only by looking again.
    if (lost) this.poke();
    await this.rebuilds.look(slots);
  }

  private async dropLost(slots: readonly Slot[]): Promise<void> {
    const table = new Map(slots.map((slot) => [slotKey(slot), slot]));
    for (const [key, runner] of this.runners) {
      if (table.get(key)?.epoch === runner.slot.epoch) continue;
      this.runners.delete(key);
      await runner.stop();
    }
    // Held in the table, but nobody works on it here: a runner that ended. It is free for whoever comes first, us included.
    for (const slot of slots) {
      const orphan = slot.owner === this.options.worker.owner && !this.runners.has(slotKey(slot));
      if (orphan && slot.fault === null) await releaseLease(this.pool, slot);
    }
  }

  /** False when another process was first. */
  private async take(slot: Slot): Promise<boolean> {
    const { worker, limits, byName } = this.options;
    const projection = byName.get(slot.name);
    if (!projection || this.stopping.signal.aborted) return true;
    const taken = await takeLease(this.pool, slot, worker.owner, limits.leaseMs);
    if (!taken) return false;
    const runner = new ShardRunner(taken, this.runnerOptions(taken, projection));
    this.runners.set(slotKey(taken), runner);
    runner.start();
    return true;
  }

  private runnerOptions(slot: Slot, projection: Projection) {
    const { limits, engine, source, onMoved, onRetry } = this.options;
    const { pool, lanes } = this;
    const schema = schemaFor(slot.name, slot.target);
    return {
      target: { pool, lanes, slot, schema, leaseMs: limits.leaseMs },
      source,
      projection,
      limits,
      now: engine.now,
      onMoved,
      onApplied: (of: Slot, batch: { events: number; position: number; durationMs: number }) =>
        engine.onApplied?.({ name: of.name, shard: of.shard, target: of.target, ...batch }),
      onRetry: (of: Slot, error: unknown, attempt: number, delayMs: number) =>
        onRetry(`${of.name}/${of.shard}`, error, attempt, delayMs),
      onArrived: () => this.poke(),
      onEnded: (of: Slot, ending: RunnerEnding) => this.ended(of, ending),
    };
  }

  private ended(slot: Slot, ending: RunnerEnding): void {
    const current = this.runners.get(slotKey(slot));
    if (current?.slot.epoch === slot.epoch) this.runners.delete(slotKey(slot));
    if (ending.kind === 'fault') {
      const { name, shard, target } = slot;
      const { error, position } = ending;
      this.options.engine.onFault?.({ name, shard, target, position, error });
    }
    this.poke();
  }

  private async release(slot: Slot): Promise<void> {
    const runner = this.runners.get(slotKey(slot));
    if (runner) await this.giveUp(runner);
  }

  private async giveUp(runner: ShardRunner): Promise<void> {
    this.runners.delete(slotKey(runner.slot));
    await runner.stop();
    await releaseLease(this.pool, runner.slot);
  }
}
