import type { EventStore } from '@odometer/event-store';
import type pg from 'pg';
import { dropSchema, leftBehind, oldSchemaOf } from './generations.js';
import { readProjections, type ProjectionRow } from './ledger.js';
import { codeOf, type Slot, type Worker } from './lease-plan.js';
import type { ProjectionLimits } from './limits.js';
import { trySwap } from './swap.js';

export interface RebuildsOptions {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly worker: Worker;
  readonly limits: ProjectionLimits;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onSwapped: (projection: { readonly name: string; readonly generation: number }) => void;
  readonly onRetry: (what: string, error: unknown, attempt: number, delayMs: number) => void;
}

/** What a look at the tables found. */
interface Found {
  readonly rows: readonly ProjectionRow[];
  readonly slots: readonly Slot[];
}

/**
 * Swaps rebuilds in that have caught up, and drops the tables of before. It works beside the ticks, because the leases must be renewed while a
 * swap waits for its final catch-up.
 */
export class Rebuilds {
  private active = false;
  private working: Promise<void> | null = null;
  private found: Found | null = null;
  private readonly notBefore = new Map<string, number>();
  /** Whose tables of before a swap may still be there: those of all that a process which died may have left, too. */
  private readonly toDrop: Set<string>;

  constructor(private readonly options: RebuildsOptions) {
    this.toDrop = new Set([...options.worker.projections].map((code) => code.split('@')[0]!));
  }

  /** Whether a rebuild was under way at the last look. */
  get underWay(): boolean {
    return this.active;
  }

  /** To be called at every tick, with the shards as they stand in the table. */
  async look(slots: readonly Slot[]): Promise<void> {
    const { pool, worker } = this.options;
    const rows = (await readProjections(pool)).filter(
      ({ name, nextVersion, nextGeneration }) =>
        nextGeneration !== null &&
        nextVersion !== null &&
        worker.projections.has(codeOf({ name, version: nextVersion })),
    );
    this.active = rows.length > 0;
    if (!this.active && this.toDrop.size === 0) return;
    this.found = { rows, slots };
    this.working ??= this.work();
  }

  /** Waits for what is being done. */
  async settled(): Promise<void> {
    await this.working;
  }

  /** What is found while it works is looked at in the end. */
  private async work(): Promise<void> {
    for (let found = this.found; found !== null; found = this.found) {
      this.found = null;
      await this.swapReady(found);
      await this.dropOld();
    }
    this.working = null;
  }

  private async swapReady({ rows, slots }: Found): Promise<void> {
    const { limits, now, store, signal, onRetry } = this.options;
    for (const row of rows) {
      if (signal.aborted || now() < (this.notBefore.get(row.name) ?? 0)) continue;
      try {
        const head = await store.head();
        if (nearHead(row, slots, head - limits.swapLag)) await this.swap(row);
      } catch (error) {
        onRetry(`swap ${row.name}`, error, 1, limits.rebuildTickMs);
      }
    }
  }

  private async swap(row: ProjectionRow): Promise<void> {
    const { pool, limits, now, signal, onSwapped } = this.options;
    const { swapMs, pollMs, leaseMs, swapPauseMs } = limits;
    const swapped = await trySwap(pool, row, { swapMs, pollMs, leaseMs, now, signal });
    if (swapped && row.nextGeneration !== null) {
      this.toDrop.add(row.name);
      onSwapped({ name: row.name, generation: row.nextGeneration });
    } else {
      this.notBefore.set(row.name, now() + swapPauseMs);
    }
  }

  /** After a swap, so that nobody waits for it; tried again at the next tick until it is done. */
  private async dropOld(): Promise<void> {
    const { pool, limits, signal, onRetry } = this.options;
    try {
      const names = this.toDrop.size === 0 ? [] : await leftBehind(pool, [...this.toDrop]);
      for (const name of this.toDrop) if (!names.includes(name)) this.toDrop.delete(name);
      for (const name of names) {
        if (signal.aborted) return;
        await dropSchema(pool, oldSchemaOf(name));
        this.toDrop.delete(name);
      }
    } catch (error) {
      onRetry('drop tables of before', error, 1, limits.tickMs);
    }
  }
}

const nearHead = (row: ProjectionRow, slots: readonly Slot[], position: number): boolean =>
  slots.every((slot) => {
    const next = slot.name === row.name && slot.generation === row.nextGeneration;
    return !next || (slot.position >= position && slot.fault === null);
  });
